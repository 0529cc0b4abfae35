//! What the parts of Colloque say to each other, and the rules that they say it by.

pub mod id;
pub mod role;
pub mod time;
