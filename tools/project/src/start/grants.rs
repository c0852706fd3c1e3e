use std::collections::BTreeMap;

/// docs/grants.json without the functions and the tables of some resources.
///
/// # Errors
/// When it is not a list of grants for each function.
pub fn without(resources: &[&str], is_gone: impl Fn(&str) -> bool, text: &str) -> Result<String, String> {
    let mut grants: BTreeMap<String, Vec<String>> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    grants.retain(|function, _| !is_gone(function));
    for grants in grants.values_mut() {
        grants.retain(|grant| {
            !resources.iter().any(|resource| grant.to_lowercase().contains(&format!("{resource}table")))
        });
    }
    Ok(serde_json::to_string_pretty(&grants).map_err(|error| error.to_string())? + "\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn grants_of_the_domain_are_gone() {
        let before = r#"{"products_list": ["dynamodb:Query on ${ProductsTable.Arn}/index/newest"],
            "user_erase": ["dynamodb:Query on FavoritesTable.Arn", "dynamodb:Query on SessionsTable.Arn"]}"#;
        let after = "{\n  \"user_erase\": [\n    \"dynamodb:Query on SessionsTable.Arn\"\n  ]\n}\n";
        let is_gone = |function: &str| function == "products_list";
        assert_eq!(without(&["products", "favorites"], is_gone, before).unwrap(), after);
        assert!(without(&[], is_gone, "[]").is_err());
    }
}
