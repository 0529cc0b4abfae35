//! `colloque.cddl` as the test of every fixture.

use cddl::ast::{CDDL, Rule};
use cddl::cddl_from_str;
use cddl::validator::Validator as _;
use cddl::validator::cbor::CBORValidator;
use cddl::validator::cbor_value::decode_cbor;

/// The parsed schema.
pub(crate) struct Schema(CDDL<'static>);

impl Schema {
    pub(crate) fn read() -> Self {
        Self(cddl_from_str(include_str!("../../colloque.cddl"), true).unwrap())
    }

    /// Whether the bytes are what this rule describes.
    pub(crate) fn validate(&self, rule: &str, bytes: &[u8]) -> Result<(), String> {
        let value = decode_cbor(bytes).map_err(|error| error.to_string())?;
        // The validator starts from the first rule.
        let mut from_rule = self.0.clone();
        let named = |one: &Rule<'_>| matches!(one, Rule::Type { rule: type_rule, .. } if type_rule.name.ident == rule);
        let place = from_rule.rules.iter().position(named).unwrap();
        from_rule.rules.swap(0, place);
        CBORValidator::new(&from_rule, value, None).validate().map_err(|error| error.to_string())
    }
}
