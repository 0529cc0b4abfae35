//! Where the desk is served: a port on loopback, under a name that only this profile has.
//!
//! Cookies do not tell ports apart: under `127.0.0.1` every other local server would receive ours. Under a name of its own
//! (`k3x9….localhost`, RFC 6761 section 6.3: always loopback) it goes nowhere else.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use colloque_schemas::point::Points;
use data_encoding::BASE32HEX_NOPAD;
use rand_core::CryptoRngCore;
use tokio::net::TcpListener;

use crate::disk::Draft;

/// Random bytes in the name: nobody guesses it, which is no defence by itself, and no two profiles share it.
const NAME_BYTES: usize = 10;
/// The file that keeps the name, in the profile's folder.
const NAME_FILE: &str = "desk.name";
/// Ports tried where the system may choose.
const TRIES: usize = 16;

/// Name and port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    name: String,
    port: u16,
}

impl Place {
    /// `name:port`, exactly as a browser of ours says it.
    pub(crate) fn authority(&self) -> String {
        format!("{}.localhost:{}", self.name, self.port)
    }

    /// What every address begins with.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.authority())
    }
}

/// The name of the profile in `folder`, made at first use.
///
/// # Errors
///
/// Whatever the file system says.
pub(crate) fn name(folder: &Path, random: &mut impl CryptoRngCore) -> io::Result<String> {
    let path = folder.join(NAME_FILE);
    let mut name = String::new();
    match fs::File::open(&path) {
        Ok(file) => {
            file.take(64).read_to_string(&mut name)?;
            let is_ours = |digit: u8| digit.is_ascii_lowercase() || digit.is_ascii_digit();
            if name.len() == NAME_BYTES * 8 / 5 && name.bytes().all(is_ours) {
                return Ok(name);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut bytes = [0; NAME_BYTES];
    random.fill_bytes(&mut bytes);
    let name = BASE32HEX_NOPAD.encode(&bytes).to_ascii_lowercase();
    Draft::write(&Points::default(), &path, |file| file.write_all(name.as_bytes()))?.replace(&path)?;
    Ok(name)
}

/// Listens on this port of loopback, or on a free one for 0, in both families: a browser may try either first, and what
/// another user of the machine served there would receive our cookie.
///
/// # Errors
///
/// `AddrInUse` when the port is taken in either family; whatever else the system says.
pub(crate) async fn listen(name: String, port: u16) -> io::Result<(Place, Vec<TcpListener>)> {
    let tries = if port == 0 { TRIES } else { 1 };
    for _ in 0..tries {
        let four = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let chosen = four.local_addr()?.port();
        let place = Place { name: name.clone(), port: chosen };
        match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, chosen))).await {
            Ok(six) => return Ok((place, vec![four, six])),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            // A machine without IPv6: nobody else listens there either.
            Err(_) => return Ok((place, vec![four])),
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    #[test]
    fn a_profile_keeps_its_name_and_a_damaged_one_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let first = name(folder.path(), &mut OsRng).unwrap();
        assert_eq!(first.len(), 16);
        assert_eq!(name(folder.path(), &mut OsRng).unwrap(), first);
        for damaged in ["", "a.example.com/x?", "UPPERCASE0123456"] {
            fs::write(folder.path().join(NAME_FILE), damaged).unwrap();
            assert_ne!(name(folder.path(), &mut OsRng).unwrap(), damaged);
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_name_is_readable_by_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        name(folder.path(), &mut OsRng).unwrap();
        let mode = fs::metadata(folder.path().join(NAME_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }

    #[tokio::test]
    async fn it_listens_on_loopback_alone_and_never_beside_a_stranger_of_the_other_family() {
        let (place, listeners) = listen("a".to_owned(), 0).await.unwrap();
        for listener in &listeners {
            assert!(listener.local_addr().unwrap().ip().is_loopback());
        }
        let port = listeners[0].local_addr().unwrap().port();
        assert_eq!(place.origin(), format!("http://a.localhost:{port}"));
        drop(listeners);
        let Ok(stranger) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await else { return };
        let port = stranger.local_addr().unwrap().port();
        let refused = listen("a".to_owned(), port).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AddrInUse);
    }
}
