//! Every endpoint is in every place that lists endpoints.

use std::collections::BTreeSet;
use std::fs;

use catalogue::CATALOGUE;
use local::Template;

use tests::repository::{read, root};

/// The name and each route of every endpoint in one place.
type Routes = BTreeSet<(String, String)>;

fn catalogue() -> Routes {
    CATALOGUE.iter().flat_map(|entry| entry.routes().map(|route| (entry.name.to_owned(), route.to_string()))).collect()
}

#[track_caller]
fn assert_same(place: &str, there: &Routes) {
    let catalogue = catalogue();
    let missing: Vec<_> = catalogue.difference(there).collect();
    let spare: Vec<_> = there.difference(&catalogue).collect();
    assert!(
        missing.is_empty() && spare.is_empty(),
        "{place} lacks {missing:?} of the catalogue, and has {spare:?} in addition"
    );
}

#[test]
fn every_endpoint_file_is_in_the_catalogue_and_begins_with_its_route() {
    let files = fs::read_dir(root().join("functions/src/bin")).unwrap().map(|file| file.unwrap().path());
    let heads = files.map(|file| {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&file).unwrap();
        let head = text.strip_prefix("//! `").and_then(|text| text.split('`').next());
        (name, head.unwrap_or("no route in its first line").to_owned())
    });
    let routes = CATALOGUE.iter().map(|entry| (entry.name.to_owned(), entry.route.to_string()));
    assert_eq!(heads.collect::<Routes>(), routes.collect(), "functions/src/bin, and the catalogue");
}

#[test]
fn template_yaml_has_every_endpoint() {
    let functions = Template::ours().unwrap().functions().unwrap();
    let routes = functions.iter().flat_map(|function| {
        function.methods().map(|method| (function.binary.clone(), format!("{method} {}", function.path)))
    });
    assert_same("template.yaml", &routes.collect());
    for function in &functions {
        let pascal: String = function.binary.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        assert_eq!(function.id, pascal, "the logical id follows from the binary's name");
    }
}

#[test]
fn cargo_lambda_watch_has_every_endpoint() {
    let manifest: toml::Table = read("functions/Cargo.toml").parse().unwrap();
    let router = manifest["package"]["metadata"]["lambda"]["watch"]["router"].as_table().unwrap();
    let routes = router.iter().flat_map(|(path, methods)| {
        methods.as_array().unwrap().iter().map(move |route| {
            let (method, function) = (route["method"].as_str().unwrap(), route["function"].as_str().unwrap());
            (function.to_owned(), format!("{method} {path}"))
        })
    });
    assert_same("functions/Cargo.toml", &routes.collect());
}

#[test]
fn functions_without_a_route_are_in_every_place() {
    let files = fs::read_dir(root().join("functions/src/workers")).unwrap().map(|file| file.unwrap().path());
    let files: BTreeSet<_> = files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    let manifest: toml::Table = read("functions/Cargo.toml").parse().unwrap();
    let bins = manifest["bin"].as_array().unwrap().iter();
    let bins: BTreeSet<_> = bins.map(|bin| bin["name"].as_str().unwrap().to_owned()).collect();
    let template = Template::ours().unwrap().workers().unwrap();
    let template: BTreeSet<_> = template.into_iter().map(|worker| worker.binary).collect();
    assert_eq!(files, bins, "functions/Cargo.toml");
    assert_eq!(files, template, "template.yaml");
}
