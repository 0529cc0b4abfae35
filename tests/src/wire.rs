//! What is between a person's device and the relay: it carries frames, and does to them what a test tells it to.

use std::collections::VecDeque;

use colloque_schemas::codec;
use colloque_schemas::frame::{ClientFrame, ServerFrame};
use colloque_schemas::limits::FRAME_MAX_BYTES;
use colloque_schemas::sign_in::ChannelBinding;
use colloque_server::relay::{OutboxReader, Outgoing, Relay, Session};

/// What a wire does to frames on their way from the relay to the device: none, one or several come out.
pub type Tamper = Box<dyn FnMut(ServerFrame) -> Vec<ServerFrame> + Send>;

/// A connection of one device.
pub struct Wire {
    session: Session,
    reader: OutboxReader,
    tamper: Option<Tamper>,
    arrived: VecDeque<Vec<u8>>,
    /// Every frame that the device sent, as it sent it.
    pub sent: Vec<Vec<u8>>,
}

impl Wire {
    /// Connects to a relay.
    pub fn connect(relay: &Relay, binding: ChannelBinding) -> Self {
        let (session, reader) = relay.connect(binding).expect("the relay takes a connection");
        Self { session, reader, tamper: None, arrived: VecDeque::new(), sent: Vec::new() }
    }

    /// From here on, frames to the device go through `tamper`.
    pub fn tamper(&mut self, tamper: impl FnMut(ServerFrame) -> Vec<ServerFrame> + Send + 'static) {
        self.tamper = Some(Box::new(tamper));
    }

    /// From here on, frames pass as they are.
    pub fn leave_alone(&mut self) {
        self.tamper = None;
    }

    /// Carries one frame to the relay.
    pub async fn send(&mut self, frame: Vec<u8>) {
        self.session.receive(&frame).await;
        self.sent.push(frame);
    }

    /// Carries one frame to the relay, and waits for its reply; false if the relay is gone instead.
    pub async fn exchange(&mut self, frame: Vec<u8>) -> bool {
        let asked: ClientFrame = codec::decode(&frame, FRAME_MAX_BYTES).expect("a client's frame");
        self.send(frame).await;
        loop {
            let Outgoing::Frame(frame) = self.reader.next().await else { return false };
            let answer = codec::decode(&frame, FRAME_MAX_BYTES).expect("the relay speaks the protocol");
            self.arrived.push_back(frame.to_vec());
            match answer {
                ServerFrame::Reply { id, .. } | ServerFrame::Refused { id: Some(id), .. }
                    if id == asked.id =>
                {
                    return true;
                }
                _ => {}
            }
        }
    }

    /// Carries a text message, which is no frame at all.
    pub fn send_text(&mut self) {
        self.session.refuse_text();
    }

    /// The next frame for the device, if one is there.
    pub fn arrival(&mut self) -> Option<Vec<u8>> {
        while let Some(frame) = self.reader.try_next() {
            match &mut self.tamper {
                None => self.arrived.push_back(frame.to_vec()),
                Some(tamper) => {
                    let frame =
                        codec::decode(&frame, FRAME_MAX_BYTES).expect("the relay speaks the protocol");
                    self.arrived.extend(tamper(frame).iter().map(codec::encode));
                }
            }
        }
        self.arrived.pop_front()
    }
}
