//! What an operator's tools ask, on a listener of its own that nobody else can reach.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::Relay;
use crate::shutdown::Shutdown;

/// For one whole connection: a probe asks once and goes.
const CONNECTION: Duration = Duration::from_secs(10);
/// How long accepting rests when the system refuses.
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Clone)]
struct Asked {
    relay: Relay,
    shutdown: Shutdown,
}

/// Serves `/livez`, `/readyz` and `/version` until the process ends, so that a relay that stops says so. Ready means
/// that the database takes transactions and that the relay is not stopping.
pub async fn serve_admin(relay: Relay, listener: TcpListener, shutdown: Shutdown) {
    let routes = Router::new()
        .route("/livez", get(async || "live\n"))
        .route("/readyz", get(ready))
        .route("/version", get(async || concat!(env!("CARGO_PKG_VERSION"), "\n")))
        .with_state(Asked { relay, shutdown });
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let service = TowerToHyperService::new(routes.clone());
        tokio::spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            // A probe that breaks off is nobody's fault.
            let _ = timeout(CONNECTION, connection).await;
        });
    }
}

async fn ready(State(asked): State<Asked>) -> (StatusCode, &'static str) {
    if asked.shutdown.is_requested() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else if asked.relay.is_ready().await {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the database does not take transactions\n")
    }
}
