//! `signet mail …`: what leaves and what it looks like, before anybody depends on it.

mod preview;

use clap::{Args, Subcommand};

use self::preview::Preview;
use super::{Environment, Failure, say};
use crate::{
    config::{Config, Faults},
    identity::EmailAddress,
    locale::{Locale, Voices},
    mail::{Message, Post, Says, Writer},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show what a mail looks like, with made-up links and addresses
    Preview(Preview),
    /// Send a test mail at once, and say what the server makes of it
    Send(Send),
}

#[derive(Debug, Args)]
pub(super) struct Send {
    /// To whom
    address: EmailAddress,
}

pub(super) async fn run(environment: Environment, command: Command) -> Result<(), Failure> {
    match command {
        Command::Preview(preview) => preview.run(&writer(&environment.config)?),
        Command::Send(Send { address }) => send(environment, address).await,
    }
}

/// One that writes as `serve` would.
pub(super) fn writer(config: &Config) -> Result<Writer, Faults> {
    Writer::new(Voices::built_in(), config.mail.templates.as_deref())
}

async fn send(environment: Environment, to: EmailAddress) -> Result<(), Failure> {
    let Environment {
        config,
        clock,
        entropy,
    } = environment;
    let Some(smtp) = &config.mail.smtp else {
        return Err(Failure::usage("mail.url: no server is configured"));
    };
    let post = Post::new(smtp, config.issuer.host(), clock, entropy)?;
    let message = Message {
        to,
        locale: Locale::English,
        says: Says::Test {
            page: config.issuer.as_str().to_owned(),
        },
    };
    let letter = writer(&config)?.write(&message);
    match post.send(&letter).await {
        Ok(answer) => say(format!("{smtp} has taken it: {}", answer.escape_debug())),
        Err(why) => Err(Failure::new(format!("{smtp}: {why}"))),
    }
}
