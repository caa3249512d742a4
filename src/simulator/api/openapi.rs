//! The description of all `/sim` paths, for programs.

use axum::{http::header, response::IntoResponse};

/// The document; a test holds it against the router.
pub(super) const DOCUMENT: &str = include_str!("openapi.json");

/// `GET /sim/openapi.json`.
pub(super) async fn document() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::simulator::api::paths;

    #[test]
    fn each_path_is_described_with_its_methods_and_no_other() {
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        let described = document["paths"].as_object().unwrap().iter();
        let mut described: Vec<_> = described
            .map(|(path, methods)| {
                let known = ["get", "post", "delete"].into_iter();
                let known = known.filter(|method| methods.get(*method).is_some());
                (path.clone(), known.map(str::to_uppercase).collect::<Vec<_>>().join(" "))
            })
            .collect();
        let mut served: Vec<_> = paths()
            .into_iter()
            .filter(|(path, ..)| path.starts_with("/sim/"))
            .map(|(path, methods, _)| {
                (path.to_owned(), methods.replace(" and", "").replace(',', ""))
            })
            .collect();
        described.sort();
        served.sort();
        assert_eq!(described, served);
    }

    #[test]
    fn each_reference_leads_to_a_schema_and_each_operation_has_an_answer() {
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        for reference in DOCUMENT.split("\"$ref\": \"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
        for (path, item) in document["paths"].as_object().unwrap() {
            let operations = item.as_object().unwrap().iter();
            for (method, operation) in operations.filter(|(name, _)| *name != "parameters") {
                let answers = operation["responses"].as_object().unwrap();
                let is_told = answers.keys().any(|status| status.starts_with('2'));
                assert!(is_told && operation["summary"].is_string(), "{method} {path}");
            }
            for name in path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()) {
                let named = item["parameters"].as_array().unwrap().iter();
                assert!(named.clone().any(|one| one["name"] == name), "{path}");
            }
        }
    }
}
