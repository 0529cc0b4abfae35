use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::{advance, sleep};
use tokio_tungstenite::accept_async_with_config;

use super::*;

type Server = WebSocketStream<DuplexStream>;

/// A client and a server, with `capacity_bytes` of network between them.
async fn pair(capacity_bytes: usize) -> (Socket<DuplexStream>, Server) {
    let (near, far) = duplex(capacity_bytes);
    // The server is given a higher limit than the client, to see the client's.
    let config = WebSocketConfig::default().max_frame_size(None).max_message_size(None);
    let (client, server) =
        tokio::join!(Socket::upgrade(near, "relay.example:443"), accept_async_with_config(far, Some(config)));
    (client.unwrap(), server.unwrap())
}

async fn frame(socket: &mut Socket<DuplexStream>) -> Vec<u8> {
    match socket.receive().await.unwrap() {
        Received::Frame(frame) => frame.to_vec(),
        Received::GoingAway => panic!("going away"),
    }
}

#[tokio::test]
async fn the_upgrade_asks_for_the_path_of_the_protocol_at_the_address_as_host() {
    let (near, mut far) = duplex(4096);
    let upgrade = tokio::spawn(Socket::upgrade(near, "relay.example:8443"));
    let mut request = vec![0; 4096];
    let length = far.read(&mut request).await.unwrap();
    let request = String::from_utf8_lossy(&request[..length]).into_owned();
    assert!(request.starts_with("GET /v1 HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nHost: relay.example:8443\r\n"), "{request}");
    drop(far);
    assert_eq!(upgrade.await.unwrap().err(), Some(ServerFault::Disconnected));
}

#[tokio::test]
async fn a_busy_server_is_unreachable_and_one_without_the_path_speaks_another_protocol() {
    let unreachable = ServerFault::Unreachable("relay.example:443".to_owned());
    let cases = [("503 Service Unavailable", unreachable.clone()), ("429 Too Many Requests", unreachable)];
    for (status, expected) in cases.into_iter().chain([("404 Not Found", ServerFault::Protocol)]) {
        let (near, mut far) = duplex(4096);
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        far.write_all(answer.as_bytes()).await.unwrap();
        let outcome = Socket::upgrade(near, "relay.example:443").await;
        assert_eq!(outcome.err(), Some(expected), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_the_upgrade_in_time_is_unreachable() {
    let (near, _far) = duplex(4096);
    let outcome = Socket::upgrade(near, "relay.example:443").await;
    assert_eq!(outcome.err(), Some(ServerFault::Unreachable("relay.example:443".to_owned())));
}

#[tokio::test]
async fn frames_go_both_ways_in_order() {
    let (mut client, mut server) = pair(4096).await;
    client.queue([vec![1], vec![2], vec![3]]);
    client.send_now().await;
    for expected in 1..=3 {
        assert_eq!(server.next().await.unwrap().unwrap(), Message::binary(vec![expected]));
    }
    server.send(Message::binary(vec![4])).await.unwrap();
    server.send(Message::binary(vec![5])).await.unwrap();
    assert_eq!([frame(&mut client).await, frame(&mut client).await], [vec![4], vec![5]]);
}

#[tokio::test]
async fn both_sides_can_write_more_than_the_network_holds_at_once() {
    const FRAMES: usize = 20;
    let (mut client, server) = pair(1024).await;
    client.queue((0..FRAMES).map(|_| vec![7; 30_000]));
    let (mut outgoing, mut incoming) = server.split();
    let writer = tokio::spawn(async move {
        for _ in 0..FRAMES {
            outgoing.send(Message::binary(vec![8; 30_000])).await.unwrap();
        }
    });
    let reader = tokio::spawn(async move {
        for _ in 0..FRAMES {
            assert_eq!(incoming.next().await.unwrap().unwrap().len(), 30_000);
        }
    });
    for _ in 0..FRAMES {
        assert_eq!(frame(&mut client).await.len(), 30_000);
    }
    let waits = tokio::spawn(async move { client.receive().await.err() });
    writer.await.unwrap();
    reader.await.unwrap();
    assert_eq!(waits.await.unwrap(), Some(ServerFault::Disconnected));
}

#[tokio::test]
async fn a_cancelled_call_loses_nothing_in_either_direction() {
    const FRAMES: u8 = 100;
    let (mut client, server) = pair(64).await;
    client.queue((0..FRAMES).map(|number| vec![number; 300]));
    let (mut outgoing, mut incoming) = server.split();
    let writer = tokio::spawn(async move {
        for number in 0..FRAMES {
            outgoing.send(Message::binary(vec![number; 300])).await.unwrap();
        }
        outgoing
    });
    let reader = tokio::spawn(async move {
        let mut numbers = Vec::new();
        while numbers.len() < usize::from(FRAMES) {
            numbers.push(incoming.next().await.unwrap().unwrap().into_data()[0]);
        }
        numbers
    });
    let (mut received, mut cancelled) = (Vec::new(), 0);
    while received.len() < usize::from(FRAMES) || !reader.is_finished() {
        tokio::select! {
            biased;
            message = client.receive() => match message.unwrap() {
                Received::Frame(frame) => received.push(frame[0]),
                Received::GoingAway => panic!("going away"),
            },
            () = tokio::task::yield_now() => cancelled += 1,
        }
    }
    assert!(cancelled > 50, "the test must cancel to show anything: {cancelled}");
    assert_eq!(received, (0..FRAMES).collect::<Vec<u8>>());
    assert_eq!(reader.await.unwrap(), (0..FRAMES).collect::<Vec<u8>>());
    drop(writer);
}

#[tokio::test(start_paused = true)]
async fn pings_are_answered_and_keep_the_connection() {
    let (mut client, mut server) = pair(4096).await;
    let client = tokio::spawn(async move { frame(&mut client).await });
    for number in 0..5 {
        sleep(Duration::from_secs(2 * PING_SECONDS - 1)).await;
        server.send(Message::Ping(vec![number].into())).await.unwrap();
        assert_eq!(server.next().await.unwrap().unwrap(), Message::Pong(vec![number].into()));
    }
    server.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(client.await.unwrap(), [1]);
}

#[tokio::test(start_paused = true)]
async fn silence_of_two_pings_ends_the_connection_but_not_what_had_arrived() {
    let (mut client, mut server) = pair(4096).await;
    server.send(Message::binary(vec![1])).await.unwrap();
    advance(SILENCE * 2).await;
    assert_eq!(frame(&mut client).await, [1]);
    let started_at = Instant::now();
    assert_eq!(client.receive().await, Err(ServerFault::Disconnected));
    assert_eq!(started_at.elapsed().as_secs(), 2 * PING_SECONDS);
}

#[tokio::test]
async fn text_and_frames_above_the_limit_are_not_the_protocol() {
    let (mut client, mut server) = pair(2 * FRAME_MAX_BYTES).await;
    server.send(Message::binary(vec![0; FRAME_MAX_BYTES])).await.unwrap();
    assert_eq!(frame(&mut client).await.len(), FRAME_MAX_BYTES);
    server.send(Message::binary(vec![0; FRAME_MAX_BYTES + 1])).await.unwrap();
    assert_eq!(client.receive().await, Err(ServerFault::Protocol));

    let (mut client, mut server) = pair(4096).await;
    server.send(Message::text("hello")).await.unwrap();
    assert_eq!(client.receive().await, Err(ServerFault::Protocol));
}

#[tokio::test(start_paused = true)]
async fn each_way_to_end_is_told_apart_from_a_relay_that_restarts() {
    for (code, expected) in
        [(CloseCode::Away, Ok(Received::GoingAway)), (CloseCode::Policy, Err(ServerFault::Disconnected))]
    {
        let (mut client, mut server) = pair(4096).await;
        server.send(Message::Close(Some(CloseFrame { code, reason: "".into() }))).await.unwrap();
        let started_at = Instant::now();
        assert_eq!(client.receive().await, expected);
        assert_eq!(client.receive().await, Err(ServerFault::Disconnected));
        assert_eq!(started_at.elapsed(), Duration::ZERO, "nothing is waited for after the close");
        let answer = server.next().await;
        assert!(matches!(answer, Some(Ok(Message::Close(_)))), "{answer:?}");
    }
    let (mut client, server) = pair(4096).await;
    drop(server);
    client.queue([vec![1]]);
    client.send_now().await;
    assert_eq!(client.receive().await, Err(ServerFault::Disconnected));
}

#[tokio::test]
async fn closing_sends_what_was_queued_first() {
    let (mut client, mut server) = pair(4096).await;
    client.queue([vec![1]]);
    let closing = tokio::spawn(client.close());
    assert_eq!(server.next().await.unwrap().unwrap(), Message::binary(vec![1]));
    let Message::Close(Some(close)) = server.next().await.unwrap().unwrap() else { panic!("no close") };
    assert_eq!(close.code, CloseCode::Normal);
    assert!(server.next().await.is_none());
    drop(server);
    closing.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn closing_waits_only_so_long_for_a_server_that_does_not_read() {
    let (mut client, _server) = pair(64).await;
    client.queue([vec![1; 4096]]);
    let started_at = Instant::now();
    client.close().await;
    assert_eq!(started_at.elapsed(), CLOSE);
}
