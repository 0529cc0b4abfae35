//! Software beyond the Rust toolchain: where it is absent, tests that need it are skipped and say why, unless
//! `COLLOQUE_REQUIRE` names it.

/// What was started, or none where it is absent and not required.
///
/// # Panics
/// If it is absent and required.
pub fn unless_absent<T>(name: &str, started: Result<T, String>) -> Option<T> {
    match started {
        Ok(started) => Some(started),
        Err(missing) => {
            let required = std::env::var("COLLOQUE_REQUIRE").unwrap_or_default();
            assert!(!required.split(',').any(|one| one == name), "required, and absent: {missing}");
            println!("skipped: {missing}");
            None
        }
    }
}
