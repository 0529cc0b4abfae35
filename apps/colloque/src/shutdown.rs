//! How a person or a system asks a program that stays to end.

use std::io;

/// Waits for Ctrl-C, or SIGTERM where there is one.
///
/// # Errors
///
/// When the system takes no handler.
pub(crate) async fn asked() -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
