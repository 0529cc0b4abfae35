//! A timer of microseconds: the runtime's own tick once a millisecond, which is longer than what is measured.

use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::io::unix::AsyncFd;

/// A timer of the system's.
pub(crate) struct Timer(AsyncFd<OwnedFd>);

impl Timer {
    #[allow(deprecated, reason = "unsound for types that change their descriptor, which `OwnedFd` does not")]
    pub(crate) fn new() -> Self {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags).expect("a timer");
        Self(AsyncFd::new(timer).expect("a runtime"))
    }

    /// Sets it to go off once, after this time.
    pub(crate) fn set(&self, after: Duration) {
        // Zero would switch it off.
        let after = after.max(Duration::from_nanos(1));
        let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
        let value = Timespec::try_from(after).expect("a short time");
        let spec = Itimerspec { it_interval: zero, it_value: value };
        timerfd_settime(self.0.get_ref(), TimerfdTimerFlags::empty(), &spec).expect("a timer");
    }

    /// Waits until it has gone off.
    pub(crate) async fn gone_off(&self) {
        let mut ready = self.0.readable().await.expect("a runtime");
        // Setting it again clears it; the runtime only has to look again.
        ready.clear_ready();
    }
}
