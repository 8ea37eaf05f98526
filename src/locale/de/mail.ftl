# Was in Mails steht. $host ist, wessen Link oder Seite es ist, $time, wie lange der Link gilt,
# $address eine andere Adresse als die, an die die Mail geht.
# $removed die Namen der Anbieter, deren Konten entfernt wurden.

mail-page-button = Zu { $host }
mail-copy = Der Knopf tut nichts? Dann kopieren Sie diesen Link in Ihren Browser:
mail-footer = Gesendet an { $to } von { $host }.
mail-list-separator = { ", " }

confirm-sign-up-subject = Bestätigen Sie Ihre Adresse
confirm-sign-up-text = Willkommen! Öffnen Sie diesen Link, um Ihre Adresse zu bestätigen und ein Passwort zu wählen.
confirm-sign-up-button = Passwort wählen
confirm-sign-up-note = Er gilt { $time }. Wenn Sie sich nicht registrieren wollten, brauchen Sie nichts zu tun: Es wurde nichts gespeichert.

already-signed-up-subject = Sie haben schon ein Konto
already-signed-up-text = Jemand, vielleicht Sie selbst, wollte sich mit dieser Adresse bei { $host } registrieren. Zu ihr gibt es schon ein Konto, also ist nichts zu bestätigen: Melden Sie sich einfach wie gewohnt an.
already-signed-up-note = Wenn Sie das nicht waren, brauchen Sie nichts zu tun: Es hat sich nichts geändert.

no-account-subject = Kein Konto mit dieser Adresse
no-account-text = Jemand, vielleicht Sie selbst, hat { $host } um einen Link zum Anmelden oder für ein neues Passwort gebeten. Es gibt kein Konto, bei dem Sie sich mit dieser Adresse anmelden könnten.
no-account-note = Wenn Sie das waren, versuchen Sie es mit einer anderen Ihrer Adressen oder melden Sie sich auf einem anderen Weg an. Wenn nicht, brauchen Sie nichts zu tun: Es hat sich nichts geändert.

confirm-account-subject = Bestätigen Sie Ihre Adresse
confirm-account-text = Willkommen! Öffnen Sie diesen Link, um Ihre Adresse zu bestätigen, und zwar in dem Browser, in dem Sie sich mit { $provider } angemeldet haben.
confirm-account-button = Adresse bestätigen
confirm-account-note = Er gilt { $time }. Wenn Sie sich nicht mit { $provider } angemeldet haben, brauchen Sie nichts zu tun: Es wurde nichts gespeichert.

account-joined-subject = Ein neuer Weg, sich anzumelden
account-joined-text = Sie können sich bei { $host } ab jetzt mit { $provider } anmelden: Jemand, der dort diese Adresse hat, hat das gerade getan.
account-joined-note = Wenn Sie das nicht waren, melden Sie sich wie gewohnt an, trennen Sie { $provider } von Ihrem Konto und sehen Sie dort nach dem Rechten.

account-linked-subject = Neue Anmeldemethode bei { $host }
account-linked-text = { $provider } wurde gerade mit Ihrem Konto bei { $host } verbunden. Sie können sich jetzt damit anmelden.
account-linked-note = Sie waren das nicht? Melden Sie sich an, trennen Sie { $provider } und ändern Sie sofort Ihr Passwort.

account-unlinked-subject = Anmeldemethode bei { $host } entfernt
account-unlinked-text = { $provider } wurde gerade von Ihrem Konto bei { $host } getrennt. Ihre anderen Geräte wurden abgemeldet.
account-unlinked-note = Sie waren das nicht? Ändern Sie sofort Ihr Passwort und prüfen Sie Ihre Anmeldemethoden.

log-in-and-link-subject = Sie haben schon ein Konto
log-in-and-link-text = Jemand, vielleicht Sie selbst, hat sich bei { $host } mit { $provider } angemeldet und diese Adresse genannt. Zu ihr gibt es schon ein Konto.
log-in-and-link-note = Wenn Sie das waren, melden Sie sich wie gewohnt an und verknüpfen Sie { $provider } dort mit Ihrem Konto. Wenn nicht, brauchen Sie nichts zu tun: Es hat sich nichts geändert.

reset-password-subject = Wählen Sie ein neues Passwort
reset-password-text = Öffnen Sie diesen Link, um bei { $host } ein neues Passwort zu wählen. Sie werden damit auf allen Geräten abgemeldet.
reset-password-button = Neues Passwort wählen
reset-password-note = Er gilt ein einziges Mal und nur { $time }. Wenn Sie ihn nicht angefordert haben, brauchen Sie nichts zu tun: Es hat sich nichts geändert.

password-set-subject = Sie haben ein neues Passwort
password-set-text = Für Ihr Konto bei { $host } wurde gerade ein neues Passwort gesetzt. Alle anderen Anmeldungen wurden beendet.
password-set-text-removed = { password-set-text } Zur Sicherheit wurden diese Anmeldemethoden entfernt: { $removed }. Nach der Anmeldung können Sie sie wieder verbinden.
password-set-note = Wenn Sie das nicht waren, setzen Sie es sofort zurück: Jemand kennt Ihr altes Passwort oder liest Ihre Mails.

confirm-address-subject = Bestätigen Sie Ihre neue Adresse
confirm-address-text = Öffnen Sie diesen Link, um bei { $host } künftig diese Adresse zu verwenden, anstelle von { $address }.
confirm-address-button = Diese Adresse verwenden
confirm-address-note = Er gilt ein einziges Mal und nur { $time }. Bestätigen Sie nie für jemand anderen: Wenn { $address } nicht Ihre Adresse ist oder Sie nicht darum gebeten haben, tun Sie nichts, und es ändert sich nichts.

address-taken-subject = Sie haben schon ein Konto
address-taken-text = Jemand, vielleicht Sie selbst, wollte diese Adresse bei { $host } für ein anderes Konto verwenden. Zu ihr gibt es schon ein Konto, also wurde nichts geändert.
address-taken-note = Wenn Sie das waren, melden Sie sich mit dieser Adresse an oder wählen Sie für jenes Konto eine andere. Wenn nicht, brauchen Sie nichts zu tun.

address-change-asked-subject = Eine neue Adresse für Ihr Konto?
address-change-asked-text = Jemand, vielleicht Sie selbst, möchte, dass Ihr Konto bei { $host } statt dieser die Adresse { $address } hat. So wird es sein, sobald das dort bestätigt ist.
address-change-asked-note = Wenn Sie das nicht waren, ändern Sie sofort Ihr Passwort oder melden Sie sich überall ab: Beides macht dem ein Ende.

address-changed-subject = Ihre Adresse hat sich geändert
address-changed-text = Ihr Konto bei { $host } hat jetzt statt dieser die Adresse { $address }, und Sie wurden überall abgemeldet. Melden Sie sich mit der neuen Adresse an.
address-changed-text-removed = { address-changed-text } Zur Sicherheit wurden diese Anmeldemethoden entfernt: { $removed }. Nach der Anmeldung können Sie sie wieder verbinden.
address-changed-note = Wenn Sie das nicht waren, sagen Sie sofort den Leuten von { $host } Bescheid.

log-in-subject = Ihr Link zum Anmelden
log-in-text = Öffnen Sie diesen Link, um sich bei { $host } anzumelden, und zwar in der App oder dem Browser, wo Sie ihn angefordert haben.
log-in-button = Anmelden
log-in-note = Er gilt ein einziges Mal und nur { $time }. Wenn Sie ihn nicht angefordert haben, brauchen Sie nichts zu tun: Ohne diesen Link kommt niemand hinein.

test-subject = Das ist eine Testmail
test-text = Die Mail funktioniert: Wer { $host } betreibt, wollte sich davon überzeugen.
test-note = Sie brauchen nichts zu tun.
