"""Writes the files of tests/it/import/files, with hashes that the libraries of the sources make.

pip install django==5.2.* bcrypt argon2-cffi passlib, and the packages of hashes.mjs.

Each file has three users with passwords (the second has 73 bytes, the third is in NFD, as is the third email), a user
without a password, a disabled user, and one with the email of the first.
"""

import base64, csv, hashlib, hmac, io, json, os, pathlib, subprocess, uuid

import argon2, bcrypt
from django.conf import settings
from passlib.hash import phpass

settings.configure(PASSWORD_HASHERS=[
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
])
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher, PBKDF2PasswordHasher, make_password

HERE = pathlib.Path(__file__).parent
FILES = HERE.parent.parent / "it" / "import" / "files"
ADA, BOB, CEM = PASSWORDS = ["correct horse battery staple", "b" * 72 + "!", "pa\u0308sswo\u0308rd of Cem"]
EMAILS = ["Ada@Example.com", "bob@example.com", "cem@bu\u0308cher.example", "dora@example.com", "eve@example.com",
          "ada@example.com"]
NAMES = ["Ada Lovelace", "x" * 300, "Cem \u202eOz", "Dora", "Eve", "Ada again"]
FIREBASE = {"algorithm": "SCRYPT", "base64_signer_key": base64.b64encode(bytes(range(64))).decode(),
            "base64_salt_separator": "Bw==", "rounds": 8, "mem_cost": 8}
PEPPER = "pepper of Devise"
TIME = "2024-02-03T04:05:06Z"


def b64(raw):
    return base64.b64encode(raw).decode()


def bcrypt_of(password, prefix=b"2a"):
    return bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4, prefix)).decode()


def write(name, text):
    (FILES / name).write_text(text)


def lines(name, rows):
    write(name, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def table(name, rows, header=True, end="\r\n"):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator=end)
    if header:
        writer.writeheader()
    writer.writerows(rows)
    with open(FILES / name, "w", newline="") as file:
        file.write(out.getvalue())


def users(hashes):
    """The number, the ID, the email, the name and the hash of each user."""
    hashes = [*hashes, None, hashes[0], hashes[0]]
    return [(n, str(uuid.uuid5(uuid.NAMESPACE_DNS, f"user{n}.example")), EMAILS[n], NAMES[n], hashes[n])
            for n in range(6)]


made = json.loads(subprocess.run(
    ["node", HERE / "hashes.mjs"], input=json.dumps({"passwords": PASSWORDS, "firebase": FIREBASE}),
    capture_output=True, check=True, text=True).stdout)

lines("auth0.jsonl", [
    {"_id": {"$oid": id.replace("-", "")[:24]}, "email": email, "email_verified": n == 0, "name": name,
     **({"passwordHash": hash} if hash else {}), "blocked": n == 4,
     **({"identities": [{"provider": "auth0", "user_id": "x"}, {"provider": "google-oauth2", "user_id": "1001"}]}
        if n == 0 else {})}
    for n, id, email, name, hash in users(made["bcryptjs"])])

write("firebase.json", json.dumps({"users": [
    {"localId": id[:28], "email": email, "emailVerified": n == 0, "displayName": name, "disabled": n == 4,
     "passwordHash": hash or "", "salt": made["salt"] if hash else "", "createdAt": "1706933106789",
     "providerUserInfo": [{"providerId": "google.com", "rawId": "1001"}] if n == 0 else []}
    for n, id, email, name, hash in users(made["firebase"])]}, ensure_ascii=False, indent=2))
write("firebase.hash_config", "hash_config {\n" + "".join(f"  {k}: {v},\n" for k, v in FIREBASE.items()) + "}\n")
with open(FILES / "firebase.csv", "w") as file:
    for n, id, email, name, hash in users(made["firebase"]):
        row = [""] * 28
        row[:7] = [id[:28], email, str(n == 0).lower(), hash or "", made["salt"] if hash else "", name, ""]
        row[7] = "1001" if n == 0 else ""
        row[23], row[26] = "1706933106789", str(n == 4).lower()
        file.write(",".join(row) + ",\n")

supabase = [bcrypt_of(ADA), argon2.PasswordHasher(1, 64, 1).hash(BOB), bcrypt_of(CEM)]
table("supabase-users.csv", [
    {"instance_id": uuid.UUID(int=0), "id": id, "aud": "authenticated", "email": email, "encrypted_password": hash or "",
     "email_confirmed_at": "2024-02-03 04:05:07.123456+00" if n == 0 else "",
     "raw_user_meta_data": json.dumps({"full_name": name, "avatar_url": "http://example.com/plain.png"}),
     "created_at": "2024-02-03 04:05:06.123456+00", "banned_until": "2999-01-01 00:00:00+00" if n == 4 else "",
     "deleted_at": ""}
    for n, id, email, name, hash in users(supabase)], end="\n")
table("supabase-identities.csv", [
    {"provider_id": provider_id, "user_id": users(supabase)[n][1], "identity_data": "{}", "provider": provider, "id": uuid.uuid5(
        uuid.NAMESPACE_DNS, provider_id)}
    for n, provider, provider_id in [(0, "google", "1001"), (0, "email", "x"), (1, "github", "1002"), (5, "github", "1003")]],
    end="\n")


def keycloak(password, algorithm, digest):
    salt = b"salt of Keycloak"
    return (json.dumps({"value": b64(hashlib.pbkdf2_hmac(digest, password.encode(), salt, 1000, 64)), "salt": b64(salt),
                        "additionalParameters": {}}),
            json.dumps({"hashIterations": 1000, "algorithm": algorithm, "additionalParameters": {}}))


def keycloak_argon2(password):
    salt = b"salt of Keycloak"
    raw = argon2.low_level.hash_secret_raw(password.encode(), salt, 2, 64, 1, 32, argon2.Type.ID)
    return (json.dumps({"value": b64(raw), "salt": b64(salt), "additionalParameters": {}}),
            json.dumps({"hashIterations": 2, "algorithm": "argon2", "additionalParameters": {
                "hashLength": ["32"], "memory": ["64"], "type": ["id"], "version": ["1.3"], "parallelism": ["1"]}}))


realm = [keycloak(ADA, "pbkdf2-sha256", "sha256"), keycloak(BOB, "pbkdf2-sha512", "sha512"), keycloak_argon2(CEM)]
write("keycloak.json", json.dumps({"realm": "example", "roles": {"realm": [{"name": "users"}]}, "users": [
    {"id": id, "username": f"user{n}", "email": email, "emailVerified": n == 0, "enabled": n != 4,
     "createdTimestamp": 1706933106789, "firstName": name.split()[0], "lastName": "".join(name.split()[1:]),
     "credentials": [{"type": "otp", "secretData": "{}", "credentialData": "{}"}] + ([
         {"type": "password", "secretData": hash[0], "credentialData": hash[1]}] if hash else []),
     **({"federatedIdentities": [{"identityProvider": "google", "userId": "1001", "userName": "ada"}]} if n == 0 else {})}
    for n, id, email, name, hash in users(realm)
] + [{"id": "service", "username": "service-account-api", "enabled": True, "serviceAccountClientId": "api"}],
    "clients": []}, ensure_ascii=False, indent=1))


class Cheap(PBKDF2PasswordHasher):
    iterations = 1000


class CheapBcrypt(BCryptSHA256PasswordHasher):
    rounds = 4


django = [Cheap().encode(ADA, "saltofDjango"), CheapBcrypt().encode(BOB, CheapBcrypt().salt()), make_password(CEM, None, "argon2")]
write("django.json", json.dumps([
    {"model": "auth.user", "pk": n + 1, "fields": {
        "username": f"user{n}", "email": email, "password": hash or "!unusable", "first_name": name, "last_name": "",
        "is_active": n != 4, "is_superuser": n == 0, "date_joined": "2024-02-03T04:05:06.789Z"}}
    for n, id, email, name, hash in users(django)] + [{"model": "auth.group", "pk": 1, "fields": {"name": "editors"}}],
    ensure_ascii=False, indent=1))

table("devise.csv", [
    {"id": n + 1, "email": email, "encrypted_password": hash or "", "confirmed_at": "2024-02-03 04:05:07" if n == 0 else "",
     "name": name, "created_at": "2024-02-03 04:05:06.123456", "locked_at": "2024-03-01 00:00:00" if n == 4 else "",
     "provider": "google_oauth2" if n == 0 else "", "uid": "1001" if n == 0 else ""}
    for n, id, email, name, hash in users([bcrypt_of(p + PEPPER) for p in PASSWORDS])])
write("devise.pepper", PEPPER + "\n")


def wordpress(password):
    inner = b64(hmac.digest(b"wp-sha384", password.strip().encode(), "sha384"))
    return "$wp" + bcrypt_of(inner).replace("$2a$", "$2y$")


table("wordpress.csv", [
    {"ID": n + 1, "user_login": f"user{n}", "user_pass": hash or "", "user_email": email, "display_name": name,
     "user_registered": "2024-02-03 04:05:06" if n else "0000-00-00 00:00:00", "spam": int(n == 4)}
    for n, id, email, name, hash in users([wordpress(ADA), phpass.using(rounds=7).hash(BOB), wordpress(CEM)])])

lines("better-auth-account.jsonl", [
    {"id": f"account{n}", "accountId": id, "providerId": "credential", "userId": id, "password": hash}
    for n, id, email, name, hash in users(made["better_auth"]) if hash
] + [{"id": "google", "accountId": "1001", "providerId": "google", "userId": users(realm)[0][1], "password": None}])
lines("better-auth-user.jsonl", [
    {"id": id, "name": name, "email": email, "emailVerified": n == 0, "image": None, "createdAt": TIME, "banned": n == 4}
    for n, id, email, name, hash in users(made["better_auth"])])


def aspnet(password, prf, digest):
    salt = b"salt of ASP.NET!"
    key = hashlib.pbkdf2_hmac(digest, password.encode(), salt, 1000, 32)
    return b64(b"\x01" + prf.to_bytes(4, "big") + (1000).to_bytes(4, "big") + len(salt).to_bytes(4, "big") + salt + key)


def aspnet_v2(password):
    salt = b"salt of ASP.NET!"
    return b64(b"\x00" + salt + hashlib.pbkdf2_hmac("sha1", password.encode(), salt, 1000, 32))


table("aspnet.csv", [
    {"Id": id, "UserName": email, "Email": email, "EmailConfirmed": int(n == 0), "PasswordHash": hash or "",
     "LockoutEnd": "9999-12-31 23:59:59.9999999 +00:00" if n == 4 else ""}
    for n, id, email, name, hash in users([aspnet(ADA, 1, "sha256"), aspnet(BOB, 2, "sha512"), aspnet_v2(CEM)])])

table("clerk.csv", [
    {"id": f"user_{n}", "first_name": name.split()[0], "last_name": "".join(name.split()[1:]), "username": f"user{n}",
     "primary_email_address": email, "verified_email_addresses": f"other@example.com,{email}" if n == 0 else "",
     "totp_secret": "", "password_digest": hash or "", "password_hasher": "bcrypt" if hash else "", "banned": str(n == 4).lower()}
    for n, id, email, name, hash in users(made["bcryptjs"])])

kratos = [bcrypt_of(ADA), argon2.PasswordHasher(1, 64, 1).hash(BOB), "$pbkdf2-sha256$i=1000,l=32$" + b64(b"salt of Kratos!!") + "$"
          + b64(hashlib.pbkdf2_hmac("sha256", CEM.encode(), b"salt of Kratos!!", 1000, 32))]
write("kratos.json", json.dumps([
    {"id": id, "schema_id": "default", "state": "inactive" if n == 4 else "active",
     "traits": {"email": email, "name": {"first": name, "last": None}},
     "verifiable_addresses": [{"value": email, "verified": n == 0, "via": "email"}], "created_at": "2024-02-03T04:05:06.789Z",
     "credentials": {**({"password": {"type": "password", "config": {"hashed_password": hash}}} if hash else {}),
                     **({"oidc": {"config": {"providers": [{"provider": "google", "subject": "1001"}]}}} if n == 0 else {})}}
    for n, id, email, name, hash in users(kratos)], ensure_ascii=False, indent=2))

lines("signet.jsonl", [
    {"id": str(uuid.UUID(int=(0x018D << 112) | (7 << 76) | (2 << 62) | n)), "email": email, "email_verified": n == 0,
     "name": name, "role": "editor" if n == 0 else "user", "created_at": TIME, "disabled": n == 4,
     **({"password_hash": hash} if hash else {}),
     "accounts": [{"type": "oidc", "provider": "google", "id": "1001"}] if n == 0 else []}
    for n, id, email, name, hash in users([bcrypt_of(p) for p in PASSWORDS])])
