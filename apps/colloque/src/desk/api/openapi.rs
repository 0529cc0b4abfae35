//! The description of the API for programs, made from its code (OpenAPI 3.1).

use axum::Json;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi as Description};
use utoipa::{Modify, OpenApi};

use super::{documents, events, export, fhir, threads};

/// Every endpoint. The address of a desk is its own: no server is named.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Colloque",
        description = "The API of a desk, for programs of the practice on the same machine. It answers under the name and port of the desk alone, with a token of an integration, and to no page of a browser."
    ),
    paths(
        threads::own,
        threads::people,
        threads::list,
        threads::read,
        threads::open,
        threads::send,
        threads::set_mode,
        documents::attach,
        documents::read,
        export::export,
        events::events,
        fhir::search,
        fhir::create,
    ),
    modifiers(&Token)
)]
struct Api;

/// Tokens of integrations, with their scopes.
struct Token;

impl Modify for Token {
    fn modify(&self, description: &mut Description) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        let components = description.components.get_or_insert_with(Components::default);
        components.add_security_scheme("token", scheme);
    }
}

pub(super) async fn serve() -> Json<Description> {
    Json(Api::openapi())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Set to write the file anew.
    const BLESS: &str = "COLLOQUE_BLESS";

    #[test]
    fn the_committed_description_is_the_one_that_the_code_gives() {
        let description = serde_json::to_value(Api::openapi()).unwrap();
        if std::env::var_os(BLESS).is_some() {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
            let text = serde_json::to_string_pretty(&description).unwrap();
            std::fs::write(path, text + "\n").unwrap();
        } else {
            let committed: serde_json::Value =
                serde_json::from_str(include_str!("../../../openapi.json")).unwrap();
            assert!(description == committed, "COLLOQUE_BLESS=1 writes it anew; then read what has changed");
        }
    }
}
