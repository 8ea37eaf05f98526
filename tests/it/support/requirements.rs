//! Third-party programs that a machine may lack. `cargo test` leaves their tests out with a
//! message; with `SIGNET_TEST_REQUIRE=all` a missing program is a failure.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// Reports a missing program. Panics if every test is required.
pub fn lacks<T>(what: &str) -> Option<T> {
    let all = env::var("SIGNET_TEST_REQUIRE").is_ok_and(|value| value == "all");
    assert!(!all, "this machine lacks {what}");
    eprintln!("SKIPPED: this machine lacks {what}");
    None
}

/// Python with PyJWT.
pub fn python_with_pyjwt() -> Option<String> {
    python("jwt, cryptography", "pyjwt[crypto]")
}

/// Python with PyJWT and `FastAPI`.
pub fn python_with_fastapi() -> Option<String> {
    python(
        "jwt, cryptography, fastapi, uvicorn",
        "pyjwt[crypto], fastapi and uvicorn",
    )
}

/// Python with Authlib.
pub fn python_with_authlib() -> Option<String> {
    python("authlib, joserfc, requests", "authlib and requests")
}

/// Python with Django and the relying parties for it.
pub fn python_with_django() -> Option<String> {
    python(
        "django, mozilla_django_oidc, authlib, requests",
        "Django, mozilla-django-oidc, authlib and requests",
    )
}

/// Python with aiosmtpd.
pub fn python_with_aiosmtpd() -> Option<String> {
    python("aiosmtpd, cryptography", "aiosmtpd and cryptography")
}

/// Python with Schemathesis.
pub fn python_with_schemathesis() -> Option<String> {
    python("schemathesis", "schemathesis")
}

/// Python with `PyYAML`.
pub fn python_with_yaml() -> Option<String> {
    python("yaml", "PyYAML")
}

fn python(modules: &str, packages: &str) -> Option<String> {
    let python = env::var("SIGNET_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_it = std::process::Command::new(&python)
        .args(["-c", &format!("import {modules}")])
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if has_it {
        Some(python)
    } else {
        lacks(&format!("Python 3 with {packages} (see tests/run)"))
    }
}

/// Node with the locked packages of a recipe.
pub fn node_with_packages(recipe: &str) -> Option<(String, PathBuf)> {
    let node = env::var("SIGNET_TEST_NODE").unwrap_or_else(|_| "node".to_owned());
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let installed = match env::var_os("SIGNET_TEST_RECIPES") {
        Some(folder) => PathBuf::from(folder),
        None => target.join("recipes"),
    };
    let installed = installed.join(recipe);
    let wanted = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recipes");
    let lock = |folder: &Path| fs::read(folder.join("package-lock.json")).ok();
    let modules = installed.join("node_modules");
    let runs = std::process::Command::new(&node).arg("--version").output();
    if runs.is_ok() && lock(&installed) == lock(&wanted.join(recipe)) && modules.is_dir() {
        Some((node, modules))
    } else {
        lacks(&format!(
            "Node with the npm packages of the recipe {recipe} (see tests/run)"
        ))
    }
}

/// A program of another workspace, built beside the service.
pub fn built(program: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_BIN_EXE_signet")).with_file_name(program);
    if path.exists() {
        Some(path)
    } else {
        lacks(&format!("{program} (see tests/run)"))
    }
}

/// Apache with `mod_auth_openidc`.
pub fn apache_with_openidc() -> Option<&'static str> {
    let program = "/usr/sbin/apache2";
    let module = "/usr/lib/apache2/modules/mod_auth_openidc.so";
    if Path::new(program).exists() && Path::new(module).exists() {
        Some(program)
    } else {
        lacks("Apache with mod_auth_openidc (see tests/run)")
    }
}

/// nginx.
pub fn nginx() -> Option<&'static str> {
    existing("/usr/sbin/nginx", "nginx")
}

/// Caddy.
pub fn caddy() -> Option<&'static str> {
    existing("/usr/bin/caddy", "Caddy")
}

/// `HAProxy`.
pub fn haproxy() -> Option<&'static str> {
    existing("/usr/sbin/haproxy", "HAProxy")
}

/// The program that an environment variable names. A missing one never fails, because no Debian package contains it.
pub fn optional(variable: &str) -> Option<String> {
    let program = env::var(variable).ok();
    if program.is_none() {
        eprintln!("SKIPPED: {variable} names no program");
    }
    program
}

fn existing(program: &'static str, name: &str) -> Option<&'static str> {
    if Path::new(program).exists() {
        Some(program)
    } else {
        lacks(&format!("{name} (see tests/run)"))
    }
}

/// Chromium.
pub fn chromium() -> Option<String> {
    let named = env::var_os("SIGNET_TEST_CHROMIUM").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join("chromium"));
    let program = named.into_iter().chain(found).find(|it| it.is_file());
    match program {
        Some(program) => Some(program.to_str().unwrap().to_owned()),
        None => lacks("Chromium (see tests/run)"),
    }
}
