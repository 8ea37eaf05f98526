//! `signet mail send`: sends a test email.

use clap::Args;

use crate::{
    cli::{CommandContext, CommandFailure, print_result},
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
        context: CommandContext,
        renderer: &MailRenderer,
    ) -> Result<(), CommandFailure> {
        let CommandContext {
            config,
            clock,
            entropy,
            ..
        } = context;
        let Some(smtp) = &config.mail.smtp else {
            return Err(CommandFailure::usage(
                "mail.url: no mail server is configured",
            ));
        };
        let sender = SmtpSender::new(smtp, config.issuer.host(), clock, entropy)?;
        let message = Message {
            to: self.address,
            locale: Locale::English,
            kind: MailKind::Test {
                page: config.issuer.as_str().to_owned(),
            },
        };
        let mail = renderer.render(&message);
        match sender.send(&mail).await {
            Ok(answer) => {
                print_result(format!(
                    "{smtp} accepted the email: {}",
                    answer.escape_debug()
                ));
                Ok(())
            }
            Err(why) => Err(CommandFailure::new(format!("{smtp}: {why}"))),
        }
    }
}
