//! The supply of KeyPackages at the relay: how others can add this device.

use colloque_schemas::bytes::Opaque;
use colloque_schemas::frame::PublishKeyPackages;
use colloque_schemas::limits::{KEY_PACKAGES_LOW, KEY_PACKAGES_PER_PUBLICATION};
use openmls::prelude::tls_codec::Serialize;

use crate::error::Error;
use crate::mls::{SUITE, key_package_builder};
use crate::sql::{Setting, setting};
use crate::store::Connection;
use crate::thread::Tools;
use crate::thread::stage::own_credential;

/// What to publish, if the relay has too little, or KeyPackages whose certificate has been renewed, or, since it went back in
/// time, some that were used already. The relay says how many it has `left`. Private halves are in
/// the store when this returns.
pub(crate) fn publication(
    tools: Tools<'_>,
    sql: &Connection,
    left: u32,
    has_last_resort: bool,
) -> Result<Option<PublishKeyPackages>, Error> {
    let leaf = tools.identity.chain.leaf();
    let published = setting(sql, Setting::PublishedLeaf)?;
    let goes_back = setting(sql, Setting::PublishedTo)? != setting(sql, Setting::Incarnation)?;
    let replaces = !has_last_resort || goes_back || published.as_deref() != Some(leaf);
    if !replaces && left >= KEY_PACKAGES_LOW {
        return Ok(None);
    }
    let left = if replaces { 0 } else { usize::try_from(left).unwrap_or(usize::MAX) };
    let wanted = KEY_PACKAGES_PER_PUBLICATION.saturating_sub(left);
    let one_time = (0..wanted).map(|_| key_package(tools, sql, false)).collect::<Result<_, _>>()?;
    let last_resort = if replaces { Some(key_package(tools, sql, true)?) } else { None };
    Ok(Some(PublishKeyPackages { one_time, last_resort }))
}

fn key_package(tools: Tools<'_>, sql: &Connection, is_last_resort: bool) -> Result<Opaque, Error> {
    let provider = tools.provider(sql);
    let builder = key_package_builder();
    let builder = if is_last_resort { builder.mark_as_last_resort() } else { builder };
    let bundle = builder
        .build(SUITE, &provider, &tools.identity.signer, own_credential(tools)?)
        .map_err(|_| Error::Bug("a KeyPackage could not be made"))?;
    let bytes = bundle.key_package().tls_serialize_detached();
    Ok(bytes.map_err(|_| Error::Bug("a KeyPackage does not encode"))?.into())
}
