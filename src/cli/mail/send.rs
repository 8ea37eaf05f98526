//! `signet mail send`: whether mail works.

use clap::Args;

use crate::{
    cli::{Environment, Failure, tell},
    identity::EmailAddress,
    locale::Locale,
    mail::{Message, Post, Says, Writer},
};

#[derive(Debug, Args)]
pub(in crate::cli) struct Send {
    /// Recipient
    address: EmailAddress,
}

impl Send {
    pub(super) async fn run(
        self,
        environment: Environment,
        writer: &Writer,
    ) -> Result<(), Failure> {
        let Environment {
            config,
            clock,
            entropy,
        } = environment;
        let Some(smtp) = &config.mail.smtp else {
            return Err(Failure::usage("mail.url: no mail server is configured"));
        };
        let post = Post::new(smtp, config.issuer.host(), clock, entropy)?;
        let message = Message {
            to: self.address,
            locale: Locale::English,
            says: Says::Test {
                page: config.issuer.as_str().to_owned(),
            },
        };
        let letter = writer.write(&message);
        match post.send(&letter).await {
            Ok(answer) => {
                tell(format!(
                    "{smtp} accepted the email: {}",
                    answer.escape_debug()
                ));
                Ok(())
            }
            Err(why) => Err(Failure::new(format!("{smtp}: {why}"))),
        }
    }
}
