use api::{Entry, Route};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

/// functions/Cargo.toml with the routes of the catalogue, for `cargo lambda watch`.
pub fn synced(text: &str, entries: &[Entry]) -> Result<String, String> {
    let mut manifest: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let mut place: Option<&mut Item> = Some(manifest.as_item_mut());
    for name in ["package", "metadata", "lambda", "watch"] {
        place = place.and_then(|item| item.get_mut(name));
    }
    let watch = place.and_then(Item::as_table_mut).ok_or("[package.metadata.lambda.watch.router] is missing")?;
    let old = watch.get_mut("router").and_then(Item::as_table_mut);
    let router = old.ok_or("[package.metadata.lambda.watch.router] is missing")?;
    router.clear();
    router.extend(routes(entries));
    Ok(manifest.to_string())
}

/// One array of routes for each path, in the order of the catalogue.
fn routes(entries: &[Entry]) -> Table {
    let mut table = Table::new();
    for entry in entries {
        for route in entry.routes() {
            let item = table.entry(route.path).or_insert_with(|| Item::Value(Value::Array(Array::new())));
            if let Some(array) = item.as_array_mut() {
                array.push(target(route, entry.name));
            }
        }
    }
    table.iter_mut().filter_map(|(_, item)| item.as_array_mut()).for_each(format);
    table
}

fn target(route: Route, function: &str) -> InlineTable {
    let members = [("method", route.method.as_str()), ("function", function)];
    members.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}

/// Several routes have a line each.
fn format(array: &mut Array) {
    if array.len() < 2 {
        return;
    }
    array.iter_mut().for_each(|value| value.decor_mut().set_prefix("\n    "));
    array.set_trailing("\n");
    array.set_trailing_comma(true);
}
