//! The accept loop: every connection has a deadline, and there are only so many.
//!
//! Our own because `axum::serve` has no deadline: whoever reaches the port could hold sockets for good. A connection on
//! which nothing is being answered ends soon, whether it has said nothing, half of a request, or all it had to say.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use colloque_schemas::limits::HEADERS_SECONDS;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Connections at a time to one listener. A browser opens six, a program few.
const CONNECTIONS: usize = 128;
/// From the beginning, or from the end of what was answered last, to the next complete headers.
const QUIET: Duration = Duration::from_secs(HEADERS_SECONDS);
/// How long accepting rests when the system refuses, as it does when file descriptors have run out.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves whoever connects. Dropping it ends every connection.
pub(super) async fn serve(listener: TcpListener, router: Router) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let place = Arc::clone(&places).acquire_owned().await.map_err(|_| io::ErrorKind::Other)?;
        let Ok((stream, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        // Answers are small: waiting to fill a segment only delays them. One that cannot be set is slower, no more.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        connections.spawn(async move {
            connection(stream, router, QUIET).await;
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Serves one connection until it ends, or nothing has been answered on it for so long.
async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    quiet: Duration,
) {
    let (answering, answered) = watch::channel(Answering::default());
    let (router, answering) = (TowerToHyperService::new(router), Arc::new(answering));
    let service = service_fn(move |request: Request<Incoming>| {
        let busy = Busy::begin(&answering);
        let answer = router.call(request);
        async move {
            let answer: Response<Body> = answer.await?;
            Ok::<_, Infallible>(answer.map(|body| Counted { body, _busy: busy }))
        }
    });
    let builder = Builder::new(TokioExecutor::new());
    let served = builder.serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // How it ended is nothing to anybody.
        _ = served => {}
        () = has_been_quiet(answered, quiet) => {}
    }
}

/// What is being answered on a connection.
#[derive(Clone, Copy, Default)]
struct Answering {
    now: usize,
    ever: u64,
}

/// One request that is being answered, to the last byte.
struct Busy(Arc<watch::Sender<Answering>>);

impl Busy {
    fn begin(answering: &Arc<watch::Sender<Answering>>) -> Self {
        answering.send_modify(|answering| {
            answering.now = answering.now.saturating_add(1);
            answering.ever = answering.ever.wrapping_add(1);
        });
        Self(Arc::clone(answering))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.send_modify(|answering| answering.now = answering.now.saturating_sub(1));
    }
}

/// Returns once nothing has been answered for so long. What was answered quickly meanwhile counts, too.
async fn has_been_quiet(mut answering: watch::Receiver<Answering>, quiet: Duration) {
    while let Ok(before) = answering.wait_for(|answering| answering.now == 0).await.map(|is| *is) {
        let next = answering.wait_for(|answering| answering.now > 0 || answering.ever != before.ever);
        if timeout(quiet, next).await.is_err() {
            return;
        }
    }
}

/// The body of an answer, which is being given until its end.
struct Counted {
    body: Body,
    _busy: Busy,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use futures_util::stream::unfold;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::Instant;

    use super::*;

    const ASKED: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

    /// Somebody at the other end of a connection to a desk that answers `/` at once and `/slow` piece by piece.
    fn visitor() -> DuplexStream {
        let slow = || async {
            Body::from_stream(unfold(0_u8, |pieces| async move {
                sleep(QUIET.saturating_mul(2)).await;
                (pieces < 3).then_some((Ok::<_, Infallible>(Bytes::from_static(b"piece")), pieces + 1))
            }))
        };
        let router = Router::new().route("/", get(|| async { "yes" })).route("/slow", get(slow));
        let (near, far) = duplex(1024);
        tokio::spawn(connection(far, router, QUIET));
        near
    }

    /// Waits for the end of the connection: after how long it came, and what was said until then.
    async fn ends(mut near: DuplexStream) -> (Duration, String) {
        let (begun, mut said) = (Instant::now(), Vec::new());
        near.read_to_end(&mut said).await.unwrap();
        (begun.elapsed(), String::from_utf8_lossy(&said).into_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_says_nothing_or_half_of_something_is_not_waited_for() {
        let halves: [&[u8]; 5] =
            [b"", b"GET / HTTP/1.1\r\nhost:", b"PRI * HTTP/2.0", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0"];
        for half in halves {
            let mut near = visitor();
            near.write_all(half).await.unwrap();
            let (after, said) = ends(near).await;
            assert!(after <= QUIET + Duration::from_millis(1), "{half:?}: {after:?}");
            assert!(!said.contains("200 OK"), "{said}");
        }
        let mut near = visitor();
        // A byte from time to time is no request.
        let begun = Instant::now();
        for byte in ASKED {
            sleep(QUIET / 8).await;
            if near.write_all(&[*byte]).await.is_err() {
                break;
            }
        }
        assert!(begun.elapsed() < QUIET.saturating_mul(2), "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_kept_while_it_is_used_and_ends_when_it_is_not() {
        let mut near = visitor();
        for _ in 0..5 {
            sleep(QUIET / 2).await;
            near.write_all(ASKED).await.unwrap();
            let mut said = Vec::new();
            while !said.ends_with(b"\r\n\r\nyes") {
                said.push(near.read_u8().await.unwrap());
            }
        }
        let (after, _) = ends(near).await;
        assert!(after >= QUIET / 2 && after <= QUIET + Duration::from_millis(1), "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_takes_long_is_given_to_its_end() {
        let mut near = visitor();
        near.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let (after, said) = ends(near).await;
        assert_eq!(said.matches("piece").count(), 3, "{said}");
        assert!(after >= QUIET.saturating_mul(7), "{after:?}");
    }
}
