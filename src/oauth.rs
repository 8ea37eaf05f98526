//! The authorization server (RFC 6749): what is asked at the front door, and what a code is worth.

mod codes;
mod front_door;

pub use self::{
    codes::{Codes, Error, Refused, TokenRequest},
    front_door::{Answer, FrontDoor, Unanswerable, Wrong},
};
