// Prints the hashes of three passwords that the libraries of Auth0, Clerk, Better Auth and Firebase make.
// npm install bcryptjs better-auth firebase-scrypt
import { readFileSync } from 'node:fs';
import bcrypt from 'bcryptjs';
import { hashPassword } from 'better-auth/crypto';
import { FirebaseScrypt } from 'firebase-scrypt';

const { passwords, firebase } = JSON.parse(readFileSync(0, 'utf8'));
const scrypt = new FirebaseScrypt({
  memCost: firebase.mem_cost,
  rounds: firebase.rounds,
  saltSeparator: firebase.base64_salt_separator,
  signerKey: firebase.base64_signer_key,
});
const salt = Buffer.from('salt of Firebase').toString('base64');
const hashes = { bcryptjs: [], better_auth: [], firebase: [], salt };
for (const password of passwords) {
  hashes.bcryptjs.push(bcrypt.hashSync(password, 4));
  hashes.better_auth.push(await hashPassword(password));
  hashes.firebase.push(await scrypt.hash(password, salt));
}
console.log(JSON.stringify(hashes));
