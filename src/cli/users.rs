//! `signet users …`: manages users directly in the database.

mod logout_notice;

use std::io::{self, BufRead, IsTerminal};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use super::{
    CommandContext, CommandFailure, print, print_result,
    setup::{self, SchemaNeed},
};
use crate::{
    admin::{Admin, AdminService, Error, UserDetails},
    identity::{EmailAddress, PersonName, Role, User, UserId},
    internal::InternalError,
    limits::Limits,
    network::Network,
    password::{Hasher, PasswordPolicy, PresentedPassword},
    store::{Store, UserFilter},
};

/// The number of users that are read at once.
const PAGE: u32 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum UsersCommand {
    /// Create a user; the password is prompted for or read from standard input
    Create(CreateArgs),
    /// List all users
    List,
    /// Show one user
    Show(UserArg),
    /// Disable a user and end all sessions
    Disable(UserArg),
    /// Enable a user; ended sessions stay ended
    Enable(UserArg),
    /// Set the role of a user: user, admin or a custom role
    Role(RoleArgs),
    /// End all sessions of one user, or of all users with --all
    Logout(UserSelector),
    /// Delete a user and all their data
    Delete(UserArg),
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// Email
    email: EmailAddress,
    /// Full name
    #[arg(long)]
    name: Option<PersonName>,
    /// Role
    #[arg(long, default_value_t)]
    role: Role,
    /// Mark the email as verified
    #[arg(long)]
    verified: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct UserSelector {
    /// User ID or email
    user: Option<String>,
    /// All users; required after restoring a backup, which can revive ended sessions
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
pub(super) struct RoleArgs {
    /// User ID or email
    user: String,
    /// Role
    role: Role,
}

#[derive(Debug, Args)]
pub(super) struct UserArg {
    /// User ID or email
    user: String,
}

pub(super) async fn run(
    context: &CommandContext,
    command: UsersCommand,
) -> Result<(), CommandFailure> {
    let now = context.clock.now();
    let open = |need| open(context, need);
    match command {
        UsersCommand::Create(new) => {
            // The password is checked before a database is opened or created.
            let password = new_password(context, &new)?;
            create(&open(SchemaNeed::Embedded).await?, new, password, now).await
        }
        UsersCommand::List => list(&open(SchemaNeed::AsItIs).await?).await,
        UsersCommand::Show(selected) => {
            let admin = open(SchemaNeed::AsItIs).await?;
            show(&admin, &find(&admin.store, &selected.user).await?).await
        }
        UsersCommand::Disable(selected) => {
            let admin = open(SchemaNeed::AsItIs).await?;
            let user = set_active(&admin, &selected, false, now).await?;
            logout_notice::send(context, user).await;
            Ok(())
        }
        UsersCommand::Enable(selected) => {
            let admin = open(SchemaNeed::AsItIs).await?;
            let user = set_active(&admin, &selected, true, now).await?;
            logout_notice::send(context, user).await;
            Ok(())
        }
        UsersCommand::Role(RoleArgs { user, role }) => {
            let admin = open(SchemaNeed::AsItIs).await?;
            let user = find(&admin.store, &user).await?;
            admin.set_role(Admin::OPERATOR, user.id, &role, now).await?;
            print_result(format!(
                "{} has the role {role} from the next refresh.",
                user.email
            ));
            Ok(())
        }
        UsersCommand::Logout(selected) => {
            let admin = open(SchemaNeed::AsItIs).await?;
            match log_out(&admin, &selected, now).await? {
                Some(user) => logout_notice::send(context, user).await,
                None => logout_notice::warn_of_all(&context.config),
            }
            Ok(())
        }
        UsersCommand::Delete(selected) => {
            let admin = open(SchemaNeed::AsItIs).await?;
            let user = find(&admin.store, &selected.user).await?;
            admin.delete(Admin::OPERATOR, user.id).await?;
            print_result(format!("{} was deleted.", user.email));
            logout_notice::send(context, user.id).await;
            Ok(())
        }
    }
}

/// Opens the database and returns the service that the administration API uses as well.
async fn open(context: &CommandContext, need: SchemaNeed) -> Result<AdminService, CommandFailure> {
    let CommandContext {
        config, entropy, ..
    } = context;
    Ok(AdminService {
        store: setup::open(context, need).await?.store,
        hasher: Hasher::new(&config.password, entropy.clone())?,
        limits: Limits::none(),
        policy: PasswordPolicy::new(config),
        entropy: entropy.clone(),
        recent: config.tokens.recent_login,
    })
}

fn new_password(
    context: &CommandContext,
    new: &CreateArgs,
) -> Result<PresentedPassword, CommandFailure> {
    let password = PresentedPassword::parse(&read_password()?).map_err(wrong_password)?;
    PasswordPolicy::new(&context.config)
        .check(&password, &new.email, new.name.as_ref())
        .map_err(wrong_password)?;
    Ok(password)
}

async fn create(
    admin: &AdminService,
    new: CreateArgs,
    password: PresentedPassword,
    now: DateTime<Utc>,
) -> Result<(), CommandFailure> {
    let new = UserDetails {
        email: new.email,
        is_verified: new.verified,
        name: new.name,
        role: new.role,
        password,
    };
    let created = admin.create(Admin::OPERATOR, new, Network::UNKNOWN, now);
    let user = created.await?;
    print_result(format!("{}  {}", user.id, user.email));
    Ok(())
}

impl From<Error> for CommandFailure {
    fn from(error: Error) -> Self {
        match error {
            Error::Taken => Self::usage("a user with this email already exists"),
            Error::NoSuchUser => Self::usage("no such user"),
            Error::Internal(InternalError::Store(error)) => error.into(),
            other => Self::new(other),
        }
    }
}

fn wrong_password(problem: impl std::fmt::Display) -> CommandFailure {
    CommandFailure::usage(format!("the password {problem}"))
}

/// Reads a password from a prompt if standard input is a terminal, and from its first line
/// otherwise.
fn read_password() -> Result<Zeroizing<String>, CommandFailure> {
    if io::stdin().is_terminal() {
        let password = Zeroizing::new(rpassword::prompt_password("Password: ")?);
        let again = Zeroizing::new(rpassword::prompt_password("Repeat password: ")?);
        return if password == again {
            Ok(password)
        } else {
            Err(CommandFailure::usage("the passwords do not match"))
        };
    }
    let mut line = Zeroizing::new(String::new());
    io::stdin().lock().read_line(&mut line)?;
    Ok(Zeroizing::new(
        line.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

async fn find(store: &Store, user: &str) -> Result<User, CommandFailure> {
    let found = if let Ok(id) = user.parse() {
        store.user(id).await?
    } else {
        let email = EmailAddress::parse(user)
            .map_err(|error| CommandFailure::usage(format!("{user}: an email {error}")))?;
        store.user_by_email(&email).await?
    };
    found.ok_or_else(|| CommandFailure::usage(format!("{user}: no such user")))
}

/// Ends the sessions of one user, who is returned, or of all users.
async fn log_out(
    admin: &AdminService,
    selected: &UserSelector,
    now: DateTime<Utc>,
) -> Result<Option<UserId>, CommandFailure> {
    if let Some(user) = &selected.user {
        let user = find(&admin.store, user).await?;
        admin.log_out(Admin::OPERATOR, user.id, now).await?;
        print_result(format!("All sessions of {} have ended.", user.email));
        return Ok(Some(user.id));
    }
    let users = admin.log_out_everybody(Admin::OPERATOR, now).await?;
    print_result(format!("All sessions of all {users} users have ended."));
    Ok(None)
}

async fn set_active(
    admin: &AdminService,
    selected: &UserArg,
    is_active: bool,
    now: DateTime<Utc>,
) -> Result<UserId, CommandFailure> {
    let user = find(&admin.store, &selected.user).await?;
    admin
        .set_active(Admin::OPERATOR, user.id, is_active, now)
        .await?;
    let state = if is_active {
        "enabled"
    } else {
        "disabled; all sessions have ended"
    };
    print_result(format!("{} is {state}.", user.email));
    Ok(user.id)
}

async fn list(admin: &AdminService) -> Result<(), CommandFailure> {
    let mut after = None;
    loop {
        let page = admin
            .list(Admin::OPERATOR, &UserFilter::default(), after, PAGE)
            .await?;
        for user in &page {
            let state = if user.is_active { "active" } else { "disabled" };
            let verified = if user.email_verified.is_some() {
                "verified"
            } else {
                "unverified"
            };
            print(format!(
                "{}  {state:<8}  {verified:<10}  {:<8}  {}",
                user.id,
                printable(&user.role.to_string()),
                printable(user.email.as_str())
            ))?;
        }
        match page.last() {
            Some(last) => after = Some(last.id),
            None => return Ok(()),
        }
    }
}

async fn show(admin: &AdminService, user: &User) -> Result<(), CommandFailure> {
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let (user, accounts) = admin.show(Admin::OPERATOR, user.id).await?;
    let accounts: Vec<_> = accounts.iter().map(|it| it.provider.as_str()).collect();
    let lines = [
        ("id", user.id.to_string()),
        ("email", user.email.to_string()),
        (
            "email_verified",
            or_none(user.email_verified.map(|time| time.to_rfc3339())),
        ),
        ("name", or_none(user.name.as_ref().map(ToString::to_string))),
        (
            "image",
            or_none(user.image.as_ref().map(ToString::to_string)),
        ),
        ("role", user.role.to_string()),
        ("is_active", user.is_active.to_string()),
        ("accounts", accounts.join(" ")),
        ("created_at", user.created_at.to_rfc3339()),
        ("updated_at", user.updated_at.to_rfc3339()),
    ];
    lines
        .into_iter()
        .try_for_each(|(name, value)| print(format!("{name:<15} {}", printable(&value))))
}

/// Escapes a value for a terminal: control characters, line separators and characters that change
/// the direction of text are spelt out, so that the value is one line and cannot control the
/// terminal. Other programs may have written the row.
fn printable(text: &str) -> String {
    let is_control =
        |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut printable = String::new();
    for c in text.chars() {
        if is_control(c) {
            printable.extend(c.escape_default());
        } else {
            printable.push(c);
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_control_characters_are_escaped() {
        let name = "Zo\u{eb}, \u{1f469}\u{200d}\u{1f4bb} \\ \u{1b}[2J\r\n\u{9b}1m\u{202e}x";
        assert_eq!(
            printable(name),
            "Zo\u{eb}, \u{1f469}\u{200d}\u{1f4bb} \\ \\u{1b}[2J\\r\\n\\u{9b}1m\\u{202e}x"
        );
    }
}
