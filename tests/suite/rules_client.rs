//! Every rule as clients enforce it: against members who check nothing, behind a relay that colludes with them.

mod commits;
mod content;
mod handovers;
mod leaves;
mod letters;
mod openings;
mod proposals;
mod welcomes;
