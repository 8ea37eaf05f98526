//! Values of branding: the name of the service or of a client, its logo, and the accent color of the hosted pages.

mod accent;
mod client;
mod display_name;
mod logo;

pub use self::{
    accent::{Accent, InvalidAccent},
    client::ClientBranding,
    display_name::{DisplayName, InvalidDisplayName},
    logo::{InvalidLogo, Logo, LogoFormat},
};
