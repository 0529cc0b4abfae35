//! The one way that groups are set up: suite, capabilities, configuration. All devices must agree, so nothing
//! here is an option.

pub use colloque_schemas::charter::{CHARTER_EXTENSION_TYPE, SUITE as SUITE_ID};
use openmls::group::MlsGroupCreateConfigBuilder;
use openmls::prelude::{
    Capabilities, Ciphersuite, CredentialType, Extension, ExtensionType, Extensions, GroupContext,
    InvalidExtensionError, KeyPackage, KeyPackageBuilder, Lifetime, MlsGroupCreateConfig, MlsGroupJoinConfig,
    PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, PastEpochDeletionPolicy, ProtocolVersion,
    RequiredCapabilitiesExtension, SenderRatchetConfiguration, UnknownExtension,
};

/// The one suite: ML-KEM-768 with X25519, AES-128-GCM, SHA-256, Ed25519 (draft-ietf-mls-pq-ciphersuites).
/// Provisional: the charter names it, and another suite means another thread.
pub const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519;

/// The only credential: a certificate chain (RFC 9420, section 5.3).
pub const CREDENTIAL_TYPE: CredentialType = CredentialType::X509;

/// The widest lifetime, for every leaf: real validity lives in the device's certificate and is judged at a
/// Commit's own time. openmls only compares it with the local clock, on which no verdict may depend.
pub const LIFETIME: (u64, u64) = (0, u64::MAX);

/// Messages of one sender that may arrive before an earlier one. The log orders them, so this covers repair
/// only.
const OUT_OF_ORDER_MESSAGES: u32 = 64;

/// Messages of one sender that may be missing before the next that is read.
const FORWARD_MESSAGES: u32 = 2000;

/// What a leaf says that its device can do: exactly what is used here, so that nothing else can be
/// negotiated.
#[must_use]
pub fn capabilities() -> Capabilities {
    Capabilities::builder()
        .versions(vec![ProtocolVersion::Mls10])
        .ciphersuites(vec![SUITE])
        // A KeyPackage may have no extension that its leaf does not name (RFC 9420 section 10.1): the last resort has one.
        .extensions(vec![ExtensionType::Unknown(CHARTER_EXTENSION_TYPE), ExtensionType::LastResort])
        .proposals(Vec::new())
        .credentials(vec![CREDENTIAL_TYPE])
        .build()
}

/// Starts a KeyPackage; add `mark_as_last_resort` where it is one.
#[must_use]
pub fn key_package_builder() -> KeyPackageBuilder {
    KeyPackage::builder().leaf_node_capabilities(capabilities()).key_package_lifetime(lifetime())
}

/// All extensions of a thread's GroupContext: its charter (CBOR), and the demand that every member
/// understands it.
///
/// # Errors
///
/// None in practice: both types belong in a GroupContext, and each occurs once.
pub fn group_context_extensions(charter: Vec<u8>) -> Result<Extensions<GroupContext>, InvalidExtensionError> {
    let required = RequiredCapabilitiesExtension::new(
        &[ExtensionType::Unknown(CHARTER_EXTENSION_TYPE)],
        &[],
        &[CREDENTIAL_TYPE],
    );
    Extensions::from_vec(vec![
        Extension::RequiredCapabilities(required),
        Extension::Unknown(CHARTER_EXTENSION_TYPE, UnknownExtension(charter)),
    ])
}

/// How a thread is opened.
///
/// # Errors
///
/// As [`group_context_extensions`].
pub fn create_config(charter: Vec<u8>) -> Result<MlsGroupCreateConfig, InvalidExtensionError> {
    Ok(group_config().with_group_context_extensions(group_context_extensions(charter)?).build())
}

/// How the group of a letter is made: as a thread's, but without a charter, so that neither is ever taken for the other.
#[must_use]
pub fn letter_config() -> MlsGroupCreateConfig {
    group_config().build()
}

fn group_config() -> MlsGroupCreateConfigBuilder {
    MlsGroupCreateConfig::builder()
        .ciphersuite(SUITE)
        .capabilities(capabilities())
        .lifetime(lifetime())
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .padding_size(0)
        .set_past_epoch_deletion_policy(PastEpochDeletionPolicy::MaxEpochs(0))
        .number_of_resumption_psks(0)
        .use_ratchet_tree_extension(true)
        .sender_ratchet_configuration(sender_ratchets())
}

/// How a thread is joined. Envelopes are padded in outer framing, hence no padding here; the log's order
/// makes past epochs needless.
#[must_use]
pub fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .padding_size(0)
        .set_past_epoch_deletion_policy(PastEpochDeletionPolicy::MaxEpochs(0))
        .number_of_resumption_psks(0)
        .use_ratchet_tree_extension(true)
        .sender_ratchet_configuration(sender_ratchets())
        .build()
}

fn lifetime() -> Lifetime {
    let (not_before, not_after) = LIFETIME;
    Lifetime::init(not_before, not_after)
}

fn sender_ratchets() -> SenderRatchetConfiguration {
    SenderRatchetConfiguration::new(OUT_OF_ORDER_MESSAGES, FORWARD_MESSAGES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suite_is_the_one_that_the_charter_names() {
        assert_eq!(u16::from(SUITE), SUITE_ID);
    }

    #[test]
    fn opening_and_joining_configure_a_thread_alike() {
        assert_eq!(create_config(vec![1]).unwrap().join_config(), &join_config());
        assert_eq!(letter_config().join_config(), &join_config());
    }
}
