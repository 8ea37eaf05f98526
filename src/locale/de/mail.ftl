# Texte der E-Mails. $host: der Dienst, der die E-Mail sendet. $to: die Empfängeradresse. $time:
# wie lange der Link funktioniert. $provider: der Name eines Anbieters. $address: die andere Adresse
# einer Änderung. $removed: die Namen der Anbieter, deren Konten entfernt wurden.

mail-page-button = Zu { $host }
mail-security-button = Konto sichern
mail-copy = Der Button funktioniert nicht? Kopieren Sie diesen Link in Ihren Browser:
mail-footer = Gesendet an { $to } von { $host }.
mail-list-separator = { ", " }
mail-passkeys = Passkeys
mail-code-label = Oder geben Sie diesen Code dort ein, wo Sie diese E-Mail angefordert haben:

confirm-sign-up-subject = Bestätigen Sie Ihre E-Mail-Adresse für { $host }
confirm-sign-up-preheader = Passwort festlegen und Konto erstellen. Der Link ist { $time } gültig.
confirm-sign-up-text = Willkommen! Bestätigen Sie Ihre E-Mail-Adresse und legen Sie ein Passwort fest, um Ihr Konto zu erstellen.
confirm-sign-up-button = Passwort festlegen
confirm-sign-up-note = Dieser Link ist { $time } gültig. Sie wollten kein Konto erstellen? Dann ignorieren Sie diese E-Mail. Wir haben nichts gespeichert.

already-signed-up-subject = Sie haben schon ein Konto bei { $host }
already-signed-up-preheader = Melden Sie sich einfach wie gewohnt an.
already-signed-up-text = Jemand, vielleicht Sie, wollte mit dieser E-Mail-Adresse ein Konto bei { $host } erstellen. Es gibt schon eines, Sie müssen also nichts bestätigen. Melden Sie sich einfach wie gewohnt an.
already-signed-up-button = Anmelden
already-signed-up-note = Sie waren das nicht? Dann ignorieren Sie diese E-Mail. Es hat sich nichts geändert.

no-account-subject = Kein Konto bei { $host } mit dieser E-Mail-Adresse
no-account-preheader = Versuchen Sie eine andere E-Mail-Adresse oder Anmeldemethode.
no-account-text = Jemand, vielleicht Sie, hat bei { $host } einen Link zum Anmelden oder für ein neues Passwort angefordert. Es gibt kein Konto, bei dem Sie sich mit dieser E-Mail-Adresse anmelden können.
no-account-note = Wenn Sie das waren, versuchen Sie es mit einer anderen E-Mail-Adresse oder Anmeldemethode. Wenn nicht, ignorieren Sie diese E-Mail. Es hat sich nichts geändert.

confirm-account-subject = Bestätigen Sie Ihre E-Mail-Adresse für { $host }
confirm-account-preheader = Anmeldung mit { $provider } abschließen. Der Link ist { $time } gültig.
confirm-account-text = Willkommen! Bestätigen Sie Ihre E-Mail-Adresse, um die Anmeldung mit { $provider } abzuschließen. Öffnen Sie den Link in dem Browser, in dem Sie begonnen haben.
confirm-account-button = E-Mail-Adresse bestätigen
confirm-account-note = Dieser Link ist { $time } gültig. Sie haben sich nicht mit { $provider } angemeldet? Dann ignorieren Sie diese E-Mail. Wir haben nichts gespeichert.

account-joined-subject = Neue Anmeldemethode bei { $host }
account-joined-preheader = { $provider } gilt jetzt für Ihr Konto. Sie waren das nicht? Das ist zu tun.
account-joined-text = Sie können sich jetzt bei { $host } mit { $provider } anmelden. Jemand, dessen Konto bei { $provider } diese E-Mail-Adresse hat, hat das gerade getan.
account-joined-button = { mail-security-button }
account-joined-note = Sie waren das nicht? Melden Sie sich wie gewohnt an, trennen Sie { $provider } und sichern Sie Ihr Konto dort.

account-linked-subject = Neue Anmeldemethode bei { $host }
account-linked-preheader = { $provider } ist jetzt mit Ihrem Konto verbunden.
account-linked-text = { $provider } wurde gerade mit Ihrem Konto bei { $host } verbunden. Sie können sich jetzt damit anmelden.
account-linked-button = { mail-security-button }
account-linked-note = Sie waren das nicht? Melden Sie sich an, trennen Sie { $provider } und ändern Sie sofort Ihr Passwort.

account-unlinked-subject = Anmeldemethode bei { $host } entfernt
account-unlinked-preheader = { $provider } funktioniert nicht mehr zur Anmeldung.
account-unlinked-text = { $provider } wurde gerade von Ihrem Konto bei { $host } getrennt. Ihre anderen Geräte wurden abgemeldet.
account-unlinked-button = { mail-security-button }
account-unlinked-note = Sie waren das nicht? Ändern Sie sofort Ihr Passwort und prüfen Sie Ihre Anmeldemethoden.

log-in-and-link-subject = Sie haben schon ein Konto bei { $host }
log-in-and-link-preheader = Melden Sie sich wie gewohnt an und verbinden Sie dann { $provider }.
log-in-and-link-text = Jemand, vielleicht Sie, hat sich bei { $host } mit { $provider } angemeldet und diese E-Mail-Adresse angegeben. Zu ihr gibt es schon ein Konto.
log-in-and-link-button = Anmelden
log-in-and-link-note = Wenn Sie das waren, melden Sie sich wie gewohnt an und verbinden Sie { $provider } in Ihren Kontoeinstellungen. Wenn nicht, ignorieren Sie diese E-Mail. Es hat sich nichts geändert.

reset-password-subject = Neues Passwort für { $host } festlegen
reset-password-preheader = Der Link funktioniert einmal und ist { $time } gültig.
reset-password-text = Legen Sie ein neues Passwort für Ihr Konto bei { $host } fest. Sie werden dann auf allen Geräten abgemeldet.
reset-password-button = Neues Passwort festlegen
reset-password-note = Dieser Link funktioniert einmal und ist { $time } gültig. Sie haben ihn nicht angefordert? Dann ignorieren Sie diese E-Mail. Es hat sich nichts geändert.

password-set-subject = Neues Passwort bei { $host }
password-set-preheader = Sie waren das nicht? Setzen Sie Ihr Passwort sofort zurück.
password-set-text = Für Ihr Konto bei { $host } wurde gerade ein neues Passwort festgelegt. Alle anderen Geräte wurden abgemeldet.
password-set-text-removed = { password-set-text } Zur Sicherheit wurden diese Anmeldemethoden entfernt: { $removed }. Nach der Anmeldung können Sie sie wieder verbinden.
password-set-button = { mail-security-button }
password-set-note = Sie waren das nicht? Setzen Sie Ihr Passwort sofort zurück. Jemand kennt Ihr altes Passwort oder kann Ihre E-Mails lesen.

confirm-address-subject = Bestätigen Sie Ihre neue E-Mail-Adresse für { $host }
confirm-address-preheader = Sie ersetzt { $address }. Der Link funktioniert einmal und ist { $time } gültig.
confirm-address-text = Bestätigen Sie, dass Sie bei { $host } diese E-Mail-Adresse statt { $address } verwenden möchten.
confirm-address-button = Diese Adresse verwenden
confirm-address-note = Dieser Link funktioniert einmal und ist { $time } gültig. Bestätigen Sie nie für jemand anderen. Wenn { $address } nicht Ihre Adresse ist oder Sie das nicht angefordert haben, ignorieren Sie diese E-Mail, und es ändert sich nichts.

address-taken-subject = Sie haben schon ein Konto bei { $host }
address-taken-preheader = Es wurde nichts geändert.
address-taken-text = Jemand, vielleicht Sie, wollte diese E-Mail-Adresse bei { $host } für ein anderes Konto verwenden. Zu ihr gibt es schon ein Konto, deshalb wurde nichts geändert.
address-taken-button = Anmelden
address-taken-note = Wenn Sie das waren, melden Sie sich mit dieser E-Mail-Adresse an oder wählen Sie für das andere Konto eine andere. Wenn nicht, ignorieren Sie diese E-Mail.

address-change-asked-subject = Ihre E-Mail-Adresse bei { $host } soll geändert werden
address-change-asked-preheader = Sie waren das nicht? Sie können die Änderung noch abbrechen.
address-change-asked-text = Jemand, vielleicht Sie, möchte die E-Mail-Adresse Ihres Kontos bei { $host } in { $address } ändern. Sie ändert sich, sobald die neue Adresse bestätigt ist.
address-change-asked-button = { mail-security-button }
address-change-asked-note = Sie waren das nicht? Ändern Sie sofort Ihr Passwort oder melden Sie sich überall ab. Beides bricht die Änderung ab.

address-changed-subject = Ihre E-Mail-Adresse bei { $host } wurde geändert
address-changed-preheader = Sie lautet jetzt { $address }. Sie waren das nicht? Wenden Sie sich sofort an die Administration.
address-changed-text = Ihr Konto bei { $host } hat jetzt die E-Mail-Adresse { $address } statt dieser. Sie wurden überall abgemeldet. Melden Sie sich mit der neuen Adresse an.
address-changed-text-removed = { address-changed-text } Zur Sicherheit wurden diese Anmeldemethoden entfernt: { $removed }. Nach der Anmeldung können Sie sie wieder verbinden.
address-changed-button = { mail-security-button }
address-changed-note = Sie waren das nicht? Wenden Sie sich sofort an die Administration von { $host }.

factor-added-subject = Authenticator-App bei { $host } eingerichtet
factor-added-preheader = Ihre Anmeldungen brauchen jetzt zusätzlich einen Code aus der App.
factor-added-text = Für Ihr Konto bei { $host } wurde gerade eine Authenticator-App eingerichtet. Ab jetzt braucht die Anmeldung zusätzlich einen Code daraus. Ihre anderen Geräte wurden abgemeldet.
factor-added-button = { mail-security-button }
factor-added-note = Sie waren das nicht? Setzen Sie sofort Ihr Passwort zurück und wenden Sie sich an die Administration von { $host }.

factor-removed-subject = Authenticator-App bei { $host } ausgeschaltet
factor-removed-preheader = Sie waren das nicht? Ändern Sie sofort Ihr Passwort.
factor-removed-text = Die Authenticator-App für Ihr Konto bei { $host } wurde gerade ausgeschaltet. Ihre Codes werden zum Anmelden nicht mehr gebraucht. Ihre anderen Geräte wurden abgemeldet.
factor-removed-button = { mail-security-button }
factor-removed-note = Sie waren das nicht? Ändern Sie sofort Ihr Passwort und richten Sie die Bestätigung in zwei Schritten neu ein.

recovery-codes-subject = Neue Wiederherstellungscodes bei { $host }
recovery-codes-preheader = Frühere Codes funktionieren nicht mehr.
recovery-codes-text = Für Ihr Konto bei { $host } wurden gerade neue Wiederherstellungscodes erstellt. Frühere funktionieren nicht mehr.
recovery-codes-button = { mail-security-button }
recovery-codes-note = Sie waren das nicht? Ändern Sie sofort Ihr Passwort und erstellen Sie neue Codes.

recovery-code-used-subject = Wiederherstellungscode bei { $host } verwendet
recovery-code-used-preheader = Verbleibende Codes: { $count }
recovery-code-used-text = Jemand, vielleicht Sie, hat sich gerade mit einem Wiederherstellungscode bei Ihrem Konto bei { $host } angemeldet. Verbleibende Codes: { $count }.
recovery-code-used-button = { mail-security-button }
recovery-code-used-note = Sie waren das nicht? Ändern Sie sofort Ihr Passwort und erstellen Sie neue Wiederherstellungscodes.

factors-reset-subject = Bestätigung in zwei Schritten bei { $host } aufgehoben
factors-reset-preheader = Richten Sie sie nach der nächsten Anmeldung neu ein.
factors-reset-text = Die Administration von { $host } hat Passkeys, Authenticator-App und Wiederherstellungscodes von Ihrem Konto entfernt. Sie wurden überall abgemeldet.
factors-reset-button = { mail-security-button }
factors-reset-note = Sie haben nicht darum gebeten? Wenden Sie sich sofort an die Administration von { $host } und ändern Sie Ihr Passwort.

passkey-added-subject = Neuer Passkey bei { $host }
passkey-added-preheader = Sie waren das nicht? Entfernen Sie ihn sofort.
passkey-added-text = Zu Ihrem Konto bei { $host } wurde gerade ein Passkey hinzugefügt. Er kann zum Anmelden verwendet werden. Ihre anderen Geräte wurden abgemeldet.
passkey-added-button = { mail-security-button }
passkey-added-note = Sie waren das nicht? Melden Sie sich an, entfernen Sie den Passkey und ändern Sie sofort Ihr Passwort.

passkey-removed-subject = Passkey bei { $host } entfernt
passkey-removed-preheader = Sie waren das nicht? Ändern Sie sofort Ihr Passwort.
passkey-removed-text = Von Ihrem Konto bei { $host } wurde gerade ein Passkey entfernt. Er kann nicht mehr zum Anmelden verwendet werden. Ihre anderen Geräte wurden abgemeldet.
passkey-removed-button = { mail-security-button }
passkey-removed-note = Sie waren das nicht? Ändern Sie sofort Ihr Passwort und prüfen Sie Ihre Anmeldemethoden.

log-in-subject = Ihr Anmeldelink für { $host }
log-in-preheader = Der Link funktioniert einmal und ist { $time } gültig.
log-in-text = Melden Sie sich mit diesem Link bei { $host } an. Öffnen Sie ihn in der App oder in dem Browser, mit dem Sie ihn angefordert haben.
log-in-button = Anmelden
log-in-note = Dieser Link funktioniert einmal und ist { $time } gültig. Sie haben ihn nicht angefordert? Dann ignorieren Sie diese E-Mail. Ohne diesen Link kommt niemand hinein.
log-in-note-code = Link und Code funktionieren einmal und sind { $time } gültig. Geben Sie den Code niemandem und nur dort ein, wo Sie ihn angefordert haben. Sie haben ihn nicht angefordert? Dann ignorieren Sie diese E-Mail. Ohne Link oder Code kommt niemand hinein.

test-subject = Test-E-Mail von { $host }
test-preheader = Der E-Mail-Versand funktioniert.
test-text = Der E-Mail-Versand funktioniert. Die Administration von { $host } wollte das prüfen.
test-note = Sie müssen nichts tun.
