//! `signet mail send`: whether mail works.

use clap::Args;

use crate::{
    cli::{CommandContext, CommandFailure, tell},
    identity::EmailAddress,
    locale::Locale,
    mail::{MailKind, MailRenderer, Message, SmtpSender},
};

#[derive(Debug, Args)]
pub(in crate::cli) struct SendArgs {
    /// Recipient
    address: EmailAddress,
}

impl SendArgs {
    pub(super) async fn run(
        self,
        environment: CommandContext,
        writer: &MailRenderer,
    ) -> Result<(), CommandFailure> {
        let CommandContext {
            config,
            clock,
            entropy,
        } = environment;
        let Some(smtp) = &config.mail.smtp else {
            return Err(CommandFailure::usage(
                "mail.url: no mail server is configured",
            ));
        };
        let post = SmtpSender::new(smtp, config.issuer.host(), clock, entropy)?;
        let message = Message {
            to: self.address,
            locale: Locale::English,
            kind: MailKind::Test {
                page: config.issuer.as_str().to_owned(),
            },
        };
        let letter = writer.render(&message);
        match post.send(&letter).await {
            Ok(answer) => {
                tell(format!(
                    "{smtp} accepted the email: {}",
                    answer.escape_debug()
                ));
                Ok(())
            }
            Err(why) => Err(CommandFailure::new(format!("{smtp}: {why}"))),
        }
    }
}
