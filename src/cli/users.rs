//! `signet users …`: people, straight in the database.

use std::io::{self, BufRead, IsTerminal};

use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use super::{
    Environment, Failure, say,
    setup::{self, Need},
};
use crate::{
    identity::{EmailAddress, Epoch, PersonName, Role, User, UserId},
    network::Network,
    password::{Hasher, Policy, PresentedPassword},
    store::{Created, NewUser, Store},
};

/// How many users are read at once.
const PAGE: u32 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a user; the password is asked for, or read from standard input
    Create(Create),
    /// List every user
    List,
    /// Show one user
    Show(Who),
    /// Shut a user out: no login, no refresh, every session ended
    Disable(Who),
    /// Let a user in again; old sessions stay ended
    Enable(Who),
    /// End every session of a user, or of everybody
    Logout(Whom),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// The address
    email: EmailAddress,
    /// What the person is called
    #[arg(long)]
    name: Option<PersonName>,
    /// What the person may do
    #[arg(long, default_value_t)]
    role: Role,
    /// Take the address as proven
    #[arg(long)]
    verified: bool,
}

#[derive(Debug, Args)]
pub(super) struct Whom {
    /// The user's id or address
    #[arg(required_unless_present = "all")]
    user: Option<String>,
    /// Everybody: after restoring a backup, which may have revived what was ended
    #[arg(long, conflicts_with = "user")]
    all: bool,
}

#[derive(Debug, Args)]
pub(super) struct Who {
    /// The user's id or address
    user: String,
}

pub(super) async fn run(environment: &Environment, command: Command) -> Result<(), Failure> {
    let open = |need| setup::open(environment, need);
    match command {
        Command::Create(new) => {
            // Judged before anything is opened, or made.
            let password = new_password(environment, &new)?;
            let store = open(Need::Embedded).await?.store;
            create(environment, &store, new, password).await
        }
        Command::List => list(&open(Need::AsItIs).await?.store).await,
        Command::Show(who) => {
            let store = open(Need::AsItIs).await?.store;
            show(&store, &find(&store, &who.user).await?).await
        }
        Command::Disable(who) => {
            set_active(environment, &open(Need::AsItIs).await?.store, &who, false).await
        }
        Command::Enable(who) => {
            set_active(environment, &open(Need::AsItIs).await?.store, &who, true).await
        }
        Command::Logout(whom) => {
            log_out(environment, &open(Need::AsItIs).await?.store, &whom).await
        }
    }
}

fn new_password(environment: &Environment, new: &Create) -> Result<PresentedPassword, Failure> {
    let config = &environment.config;
    let password = PresentedPassword::parse(&read_password()?).map_err(wrong_password)?;
    Policy::new(config.password.min_length, config.issuer.host())
        .judge(&password, &new.email)
        .map_err(wrong_password)?;
    Ok(password)
}

async fn create(
    environment: &Environment,
    store: &Store,
    new: Create,
    password: PresentedPassword,
) -> Result<(), Failure> {
    let Environment {
        config,
        clock,
        entropy,
    } = environment;
    let hasher = Hasher::new(&config.password, entropy.clone());
    let verifier = hasher
        .hash(password, Network::UNKNOWN)
        .await
        .map_err(Failure::new)?;

    let now = clock.now();
    let mut user = User::new(
        UserId::new(now, entropy)?,
        new.email,
        new.name,
        now,
        entropy,
    )?;
    user.role = new.role;
    if !new.verified {
        user.email_verified = None;
    }
    let new = NewUser::with_password(user, verifier, now, entropy)?;
    match store.create_user(&new).await? {
        Created::Created => say(format!("{}  {}", new.user.id, new.user.email)),
        Created::Taken => Err(Failure::usage("that address has a user already")),
    }
}

fn wrong_password(problem: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("the password {problem}"))
}

/// From a prompt where there is somebody to ask, else the first line of standard input.
fn read_password() -> Result<Zeroizing<String>, Failure> {
    if io::stdin().is_terminal() {
        let password = Zeroizing::new(rpassword::prompt_password("Password: ")?);
        let again = Zeroizing::new(rpassword::prompt_password("Once more: ")?);
        return if password == again {
            Ok(password)
        } else {
            Err(Failure::usage("the two passwords differ"))
        };
    }
    let mut line = Zeroizing::new(String::new());
    io::stdin().lock().read_line(&mut line)?;
    Ok(Zeroizing::new(
        line.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

async fn find(store: &Store, user: &str) -> Result<User, Failure> {
    let found = if let Ok(id) = user.parse() {
        store.user(id).await?
    } else {
        let email = EmailAddress::parse(user)
            .map_err(|error| Failure::usage(format!("{user}: an address {error}")))?;
        store.user_by_email(&email).await?
    };
    found.ok_or_else(|| Failure::usage(format!("{user}: no such user")))
}

async fn log_out(environment: &Environment, store: &Store, whom: &Whom) -> Result<(), Failure> {
    let epoch = Epoch::fresh(&environment.entropy)?;
    let now = environment.clock.now();
    if let Some(user) = &whom.user {
        let user = find(store, user).await?;
        store.replace_epoch(user.id, epoch, now).await?;
        return say(format!("Every session of {} is ended.", user.email));
    }
    let users = store.replace_every_epoch(epoch, now).await?;
    say(format!(
        "Every session of every user is ended: {users} in all."
    ))
}

async fn set_active(
    environment: &Environment,
    store: &Store,
    who: &Who,
    is_active: bool,
) -> Result<(), Failure> {
    let user = find(store, &who.user).await?;
    let epoch = Epoch::fresh(&environment.entropy)?;
    store
        .set_active(user.id, is_active, epoch, environment.clock.now())
        .await?;
    let state = if is_active {
        "enabled"
    } else {
        "disabled, and every session is ended"
    };
    say(format!("{} is {state}.", user.email))
}

async fn list(store: &Store) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let page = store.users(after, PAGE).await?;
        for user in &page {
            let state = if user.is_active { "active" } else { "disabled" };
            let proven = if user.email_verified.is_some() {
                "verified"
            } else {
                "unverified"
            };
            say(format!(
                "{}  {state:<8}  {proven:<10}  {:<8}  {}",
                user.id, user.role, user.email
            ))?;
        }
        match page.last() {
            Some(last) => after = Some(last.id),
            None => return Ok(()),
        }
    }
}

async fn show(store: &Store, user: &User) -> Result<(), Failure> {
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let accounts = store.accounts_of(user.id).await?;
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
        .try_for_each(|(name, value)| say(format!("{name:<15} {value}")))
}
