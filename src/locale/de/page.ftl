# Texte der Seiten. `$host` ist der Host dieses Dienstes und in jedem Text verfügbar.

## Gemeinsam für mehrere Seiten

page-back = Zurück zur App
page-cancel = Abbrechen
page-continue = Weiter
page-continue-with = Weiter mit { $provider }
page-continue-to = Weiter zu { $client }
page-email = E‑Mail-Adresse
page-send-link = Link senden
page-another-link = Neuen Link anfordern
page-try-again = Noch einmal versuchen
page-back-to-login = Zurück zur Anmeldung
page-login = Anmelden
page-name = Name
page-optional = (optional)
page-password = Passwort
page-password-new = Neues Passwort
page-show = Anzeigen
page-show-password = Passwort anzeigen
page-footer-privacy = Datenschutz
page-footer-terms = Nutzungsbedingungen

page-password-missing = Geben Sie ein Passwort ein.
page-password-too-long = Dieses Passwort ist zu lang. Wählen Sie ein kürzeres.
page-password-too-short = Verwenden Sie mindestens { $count } Zeichen.
page-password-common = Dieses Passwort ist zu leicht zu erraten. Wählen Sie ein anderes.
page-password-contains-email = Dieses Passwort enthält Ihre E‑Mail-Adresse. Wählen Sie ein anderes.
page-password-contains-service = Dieses Passwort enthält den Namen dieses Dienstes. Wählen Sie ein anderes.
page-password-guessable = Dieses Passwort ist zu leicht zu erraten. Verwenden Sie mehrere Wörter, die nicht zusammengehören.
page-name-empty = Geben Sie einen Namen ein oder lassen Sie das Feld leer.
page-name-too-long = Verwenden Sie höchstens 200 Zeichen.
page-name-forbidden = Ein Name darf keine Steuerzeichen, Zeilenumbrüche oder Zeichen enthalten, die die Schreibrichtung ändern.

page-email-form = Geben Sie eine E‑Mail-Adresse wie name@example.com ein.
page-email-too-long = Diese E‑Mail-Adresse ist zu lang. Erlaubt sind 254 Zeichen, davon 64 vor dem @.
page-email-local-part = Prüfen Sie den Teil vor dem @. Dort sind nur Buchstaben von a bis z, Ziffern und !#$%&'*+-/=?^_`{"{"}|{"}"}~. erlaubt.
page-email-domain = Prüfen Sie den Teil nach dem @. Dort muss eine Domain wie example.com stehen.

page-token-missing = Diese Seite funktioniert nur über den Link in Ihrer E‑Mail. Öffnen Sie ihn noch einmal.
page-token-no-script = In diesem Browser ist JavaScript ausgeschaltet. Die Seite braucht es, um Ihren Link zu lesen. Schalten Sie es für { $host } ein und öffnen Sie den Link in Ihrer E‑Mail noch einmal.

page-only-if-asked = Fahren Sie nur fort, wenn Sie das gerade selbst angefordert haben.
page-not-asked = Sie haben das nicht angefordert? Schließen Sie diese Seite. Es hat sich nichts geändert, und dabei bleibt es.

## Anmeldung

page-front = Um sich bei { $host } anzumelden, öffnen Sie die App, die Sie nutzen möchten. Sie führt Sie wieder hierher.
page-home = Mit Ihrem Konto bei { $host } melden Sie sich bei Ihren Apps an.
page-account-title = Ihr Konto
page-login-title = Anmelden
page-login-client = Sie melden sich bei { $client } an.
page-recent = Zum Schutz Ihres Kontos braucht diese Änderung eine aktuelle Anmeldung.
page-login-forgot = Passwort vergessen?
page-login-link = Link per E‑Mail senden
page-login-link-instead = Stattdessen Link per E‑Mail
page-login-link-opened = Sie sind dabei, sich bei { $host } anzumelden.
page-login-or = oder
page-login-sign-up = Konto erstellen
page-login-wrong = E‑Mail-Adresse oder Passwort ist falsch. Versuchen Sie es noch einmal.
page-login-none = Hier ist noch keine Anmeldung eingerichtet.
page-login-none-help = Die Administration von { $host } kann das einrichten.

page-ask-first-title = Anmeldung bestätigen
page-ask-first = Sie sind dabei, sich bei { $client } anzumelden.
page-ask-first-if-begun = Fahren Sie nur fort, wenn Sie das selbst begonnen haben.

page-choose-title = Weiter zu { $client }
page-choose-as = Weiter als { $name }
page-choose-other = Anderes Konto verwenden

page-repost-title = Einen Moment
page-repost = Sie werden angemeldet. Wenn nichts geschieht, wählen Sie „Weiter“.
page-repost-log-out = Sie werden abgemeldet. Wenn nichts geschieht, wählen Sie „Weiter“.

page-logged-in-title = Sie sind angemeldet
page-logged-in = Apps, die { $host } nutzen, können Sie jetzt ohne Ihr Passwort anmelden. Melden Sie sich auf einem gemeinsam genutzten Gerät ab, wenn Sie fertig sind.
page-account-logged-in-as = Angemeldet als { $email }

page-log-out-title = Abmelden?
page-log-out-what = Sie werden in diesem Browser von { $host } abgemeldet. Apps können Sie angemeldet lassen, bis Sie sich dort abmelden.
page-log-out-asked = { $client } möchte Sie abmelden.
page-log-out-stay = Angemeldet bleiben
page-log-out = Abmelden

page-logged-out-title = Sie sind abgemeldet
page-logged-out = Sie sind in diesem Browser von { $host } abgemeldet. Schließen Sie auf einem gemeinsam genutzten Gerät auch den Browser.
page-logged-out-again = Wieder anmelden
page-logged-out-everywhere-title = Sie sind überall abgemeldet
page-logged-out-everywhere = Jede Anmeldung bei Ihrem Konto ist beendet. Bis Apps das bemerken, kann es bis zu { $time } dauern.
page-not-logged-in-title = Sie sind nicht angemeldet
page-not-logged-in = Sie sind in diesem Browser nicht bei { $host } angemeldet.

page-account-everywhere = Überall abmelden
page-account-everywhere-what = Beendet jede Anmeldung bei Ihrem Konto, auch diese hier. Bis Apps das bemerken, kann es bis zu { $time } dauern.
page-log-out-everywhere-title = Überall abmelden?
page-log-out-everywhere-logged-out = Sie sind in diesem Browser nicht bei { $host } angemeldet. Um sich überall abzumelden, setzen Sie Ihr Passwort zurück.
page-log-out-everywhere-reset = Setzen Sie auch Ihr Passwort zurück, falls jemand es kennen oder Ihre E-Mails lesen könnte.
page-log-out-everywhere-reset-do = Passwort zurücksetzen

## Anmeldung über einen Anbieter ohne bestätigte E‑Mail-Adresse

page-address-title = Wie lautet Ihre E‑Mail-Adresse?
page-address-why = { $provider } hat uns keine bestätigte E‑Mail-Adresse mitgeteilt. Geben Sie Ihre ein, und wir senden Ihnen einen Link. Öffnen Sie ihn, um die Anmeldung abzuschließen.
page-address-or-not = Sie wollten sich nicht mit { $provider } anmelden? Schließen Sie diese Seite.

page-mailed-title = Sehen Sie in Ihrem Postfach nach
page-mailed = Wir senden eine E‑Mail an { $email }.
page-mailed-for-here = Öffnen Sie den Link aus der E‑Mail in diesem Browser, um fortzufahren.
page-mailed-for-anywhere = Öffnen Sie den Link in der E‑Mail, um fortzufahren.
page-mailed-nothing = Nach ein paar Minuten noch keine E‑Mail? Sehen Sie im Spam-Ordner nach, oder gehen Sie zurück und prüfen Sie die Adresse. Nach mehreren Versuchen versuchen Sie es später noch einmal.
page-mailed-back = Zurück
page-code = Code
page-code-mailed = Lesen Sie die E-Mail auf einem anderen Gerät? Geben Sie hier den Code aus der E-Mail ein.
page-code-wrong = Dieser Code stimmt nicht. Prüfen Sie ihn und versuchen Sie es noch einmal.
page-code-over = Dieser Code gilt nicht mehr. Nutzen Sie den Link in der E-Mail, oder gehen Sie zurück und fordern Sie eine neue an.
page-code-too-many = Es wurden zu viele Codes eingegeben. Nutzen Sie den Link in der E-Mail, oder gehen Sie zurück und fordern Sie eine neue an.

## Vergessene Passwörter und neue Konten

page-forgot-title = Passwort vergessen?
page-forgot = Geben Sie Ihre E‑Mail-Adresse ein. Wir senden Ihnen einen Link, mit dem Sie ein neues Passwort festlegen.

page-sign-up-title = Konto erstellen
page-sign-up = Geben Sie Ihre E‑Mail-Adresse ein. Wir senden Ihnen einen Link, mit dem Sie ein Passwort festlegen.
page-sign-up-terms = Mit dem Erstellen eines Kontos akzeptieren Sie die Nutzungsbedingungen und Datenschutzhinweise von { $host }.
page-sign-up-client = Sie erstellen ein Konto für { $client }.
page-sign-up-or-log-in = Sie haben schon ein Konto? Anmelden

## Seiten hinter Links aus E‑Mails

page-choose-password-title = Passwort festlegen
page-choose-password = Legen Sie ein Passwort fest, um Ihre E‑Mail-Adresse zu bestätigen und Ihr Konto zu erstellen.
page-choose-password-do = Konto erstellen
page-new-password-title = Neues Passwort festlegen
page-new-password = Sie werden überall abgemeldet. Danach melden Sie sich mit dem neuen Passwort an.
page-new-password-do = Passwort speichern
page-password-hint = Mindestens { $count } Zeichen. Mehrere Wörter hintereinander sind leicht zu merken und schwer zu erraten.

page-confirm-address-title = Neue E‑Mail-Adresse bestätigen
page-confirm-address = Diese E‑Mail-Adresse für Ihr Konto bei { $host } verwenden? Sie werden dann überall abgemeldet. In unserer E‑Mail steht, welche Adresse ersetzt wird. Fahren Sie nur fort, wenn auch diese Ihnen gehört.
page-confirm-address-do = E‑Mail-Adresse bestätigen

page-signed-up-title = Ihr Konto ist bereit
page-signed-up = Sie können sich jetzt bei { $host } anmelden.
page-password-reset-title = Neues Passwort gespeichert
page-password-reset = Sie wurden überall abgemeldet. Melden Sie sich mit dem neuen Passwort an.
page-address-changed-title = E‑Mail-Adresse geändert
page-address-changed = Sie wurden überall abgemeldet. Melden Sie sich mit der neuen E‑Mail-Adresse an.

page-finish-title = Mit { $provider } anmelden
page-finish = Fahren Sie fort, um sich anzumelden. Künftig können Sie sich bei { $host } mit { $provider } anmelden.
page-finish-do = Mit { $provider } anmelden

page-link-title = Sie haben schon ein Konto
page-link-why = Bei { $host } gibt es schon ein Konto mit dieser E‑Mail-Adresse. Es ist noch nicht mit { $provider } verbunden.
page-link-how = Melden Sie sich wie gewohnt an und verbinden Sie { $provider } in Ihren Kontoeinstellungen. Danach können Sie sich auch damit anmelden.

## Fehlerseiten

page-app-title = Anmeldung nicht möglich
page-app = Die App, die Sie hierher geleitet hat, hat eine Anfrage gestellt, die { $host } nicht verarbeiten kann. Gehen Sie zur App zurück und versuchen Sie es noch einmal. Wenn das nicht hilft, senden Sie diese Meldung an das Entwicklungsteam der App:

page-over-title = Diese Anmeldung gilt nicht mehr
page-over = Eine Anmeldung lässt sich nur einmal und nur für begrenzte Zeit abschließen. Diese ist vielleicht schon abgeschlossen, oder sie hat zu lange gedauert.
page-over-again = Gehen Sie zur App zurück und melden Sie sich noch einmal an.

page-canceled-title = Anmeldung abgebrochen
page-canceled = Die Anmeldung wurde nicht abgeschlossen. Melden Sie sich noch einmal an, um die App zu öffnen.

page-duplicate-cookie-title = Cookies dieser Website löschen
page-duplicate-cookie = Dieser Browser hat zwei Anmelde-Cookies mit demselben Namen gesendet. Löschen Sie die Cookies von { $host } und der zugehörigen Domain, und melden Sie sich dann noch einmal an.

page-other-browser-title = Im ursprünglichen Browser fortfahren
page-other-browser = Zum Schutz Ihres Kontos lässt sich eine Anmeldung nur in dem Browser abschließen, in dem sie begonnen wurde. Fahren Sie dort fort, oder gehen Sie zur App zurück und beginnen Sie neu.
page-other-browser-cookies = War es derselbe Browser? Dann blockiert er vielleicht Cookies.

page-link-over-title = Dieser Link funktioniert nicht mehr
page-link-over = Links in unseren E‑Mails funktionieren nur einmal und nur für kurze Zeit. Dieser wurde schon verwendet, ist abgelaufen oder wurde durch etwas ersetzt, das Sie später getan haben.
page-link-over-again = Brauchen Sie ihn noch? Fordern Sie einen neuen an.

page-opened-elsewhere-title = Link dort öffnen, wo er angefordert wurde
page-opened-elsewhere = Zum Schutz Ihres Kontos funktioniert der Link nur in der App oder in dem Browser, mit dem Sie ihn angefordert haben. Öffnen Sie ihn dort. Enthält die E-Mail einen Code, können Sie stattdessen dort den Code eingeben.
page-opened-elsewhere-or = Oder fordern Sie hier einen neuen Link an.

page-foreign-form-title = Formular nicht angenommen
page-foreign-form = Zum Schutz Ihres Kontos nehmen wir Formulare nur von unseren eigenen Seiten an. Gehen Sie zur App zurück und beginnen Sie neu.

page-no-such-provider-title = Diese Anmeldemethode gibt es hier nicht
page-no-such-provider = { $host } bietet diese Anmeldemethode nicht an. Gehen Sie zur App zurück und wählen Sie eine andere.

page-not-found-title = Seite nicht gefunden
page-not-found = Unter dieser Adresse gibt es nichts. Prüfen Sie den Link oder gehen Sie zur Anmeldung.

page-forbidden-title = Kein Zugriff
page-forbidden = Nur die Administration von { $host } kann diese Seite öffnen.
page-not-admitted = Ihr Konto hat keinen Zugriff auf diese App. Bitten Sie die Administration der App um Zugriff.
page-not-admitted-other = Um ein anderes Konto zu verwenden, melden Sie sich zuerst ab.

page-too-often-title = Zu viele Versuche
page-too-often = In kurzer Zeit gab es zu viele Versuche. Zum Schutz der Konten begrenzen wir sie.

page-away-title = { $provider } antwortet nicht
page-away = { $provider } antwortet im Moment nicht, deshalb können Sie sich so gerade nicht anmelden. Andere Anmeldemethoden funktionieren weiterhin.
page-other-service = Der andere Dienst

page-no-mail-title = Hier nicht verfügbar
page-no-mail = { $host } kann noch keine E-Mails verschicken, deshalb ist das hier nicht möglich. Die Administration von { $host } kann das einrichten.

page-busy-title = Vorübergehend nicht verfügbar
page-busy = Das ist im Moment nicht möglich. Das Problem liegt bei uns.

page-broken-title = Etwas ist schiefgegangen
page-broken = Der Fehler liegt bei uns und wurde protokolliert. Sie haben nichts falsch gemacht.

page-again-soon = Versuchen Sie es gleich noch einmal.
page-again-in = Versuchen Sie es in { $wait } noch einmal.
page-again-in-about = Versuchen Sie es in etwa { $wait } noch einmal.

page-ask-for-help = Wenn Sie um Hilfe bitten, geben Sie dies an:

page-factor-title = Bestätigung in zwei Schritten
page-factor-totp = Geben Sie den 6-stelligen Code aus Ihrer Authenticator-App ein.
page-factor-totp-label = 6-stelliger Code
page-factor-recovery = Geben Sie einen Ihrer Wiederherstellungscodes ein. Jeder funktioniert einmal.
page-factor-recovery-label = Wiederherstellungscode
page-factor-use-totp = Authenticator-App verwenden
page-factor-use-recovery = Wiederherstellungscode nutzen
page-factor-wrong = Dieser Code stimmt nicht. Geben Sie den Code ein, den die App jetzt anzeigt.
page-factor-used = Dieser Code wurde schon verwendet. Warten Sie auf den nächsten.
page-factor-recovery-wrong = Dieser Wiederherstellungscode stimmt nicht oder wurde schon verwendet.
page-factor-lost = Kein Zugriff mehr darauf? Die Administration von { $host } kann die Bestätigung in zwei Schritten zurücksetzen.

page-passkey-login = Mit Passkey anmelden
page-passkey-waiting = Folgen Sie den Schritten auf Ihrem Gerät.
page-passkey-canceled = Es wurde kein Passkey verwendet. Versuchen Sie es noch einmal oder melden Sie sich anders an.
page-passkey-failed = Dieser Passkey hat nicht funktioniert. Versuchen Sie einen anderen oder melden Sie sich anders an.
page-passkey-unsupported = Dieser Browser unterstützt keine Passkeys.
page-passkey-no-script = Passkeys brauchen JavaScript. Schalten Sie es für { $host } ein oder melden Sie sich anders an.
page-passkey-offer-title = Nächstes Mal schneller anmelden
page-passkey-offer = Mit einem Passkey melden Sie sich per Fingerabdruck, Gesicht oder Displaysperre an. Ganz ohne Passwort.
page-passkey-create = Passkey erstellen
page-passkey-exists = Dieses Gerät hat schon einen Passkey für Ihr Konto.
page-passkey-not-created = Es wurde kein Passkey erstellt. Sie können es jederzeit noch einmal versuchen.
page-not-now = Jetzt nicht
page-factor-passkey = Bestätigen Sie mit Ihrem Passkey, dass Sie es sind.
page-factor-use-passkey = Passkey verwenden
page-save = Speichern
page-change = Ändern
page-rename = Umbenennen
page-remove = Entfernen
page-account-profile = Profil
page-account-profile-what = Apps, die Sie nutzen, können Ihren Namen und Ihr Bild anzeigen.
page-account-name-none = Noch kein Name
page-account-picture = Bild
page-account-picture-label = Link zu einem Bild
page-account-picture-hint = Ein Link, der mit https:// beginnt. Apps laden das Bild von dort.
page-account-picture-wrong = Geben Sie einen Link ein, der mit https:// beginnt und höchstens 2048 Zeichen hat.
page-account-email-change = E-Mail-Adresse ändern
page-account-email-new = Neue E-Mail-Adresse
page-account-email-how = Wir senden einen Link an die neue Adresse. Wenn Sie ihn öffnen, gilt die Änderung und Sie werden überall abgemeldet.
page-account-email-asked = Öffnen Sie den Link, den wir an { $email } gesendet haben, um die Änderung abzuschließen.
page-account-email-same = Das ist bereits Ihre E-Mail-Adresse.
page-account-password-change = Passwort ändern
page-account-password-none = Sie haben kein Passwort.
page-account-password-how = Ihre anderen Geräte werden abgemeldet.
page-account-password-changed = Ihr Passwort wurde geändert. Ihre anderen Geräte wurden abgemeldet.
page-account-security = Anmeldung und Sicherheit
page-account-passkeys = Passkeys
page-account-passkeys-what = Anmelden mit Fingerabdruck, Gesicht oder Displaysperre. Ein Passkey lässt sich nicht erraten und nicht auf gefälschten Seiten stehlen.
page-account-passkeys-none = Sie haben noch keinen Passkey.
page-account-passkey-add = Passkey hinzufügen
page-account-passkey-added = Hinzugefügt am { $date }
page-account-passkey-synced = Auf Ihren Geräten synchronisiert
page-account-passkey-device = Nur auf einem Gerät
page-account-passkey-unusable = Für { $domain } erstellt. Er kann hier nicht verwendet werden.
page-account-passkey-name = Name dieses Passkeys
page-account-passkey-name-hint = Zum Beispiel: Mein Telefon
page-account-passkey-name-wrong = Geben Sie einen Namen mit 1 bis 64 Zeichen ein, ohne Zeilenumbrüche und Zeichen, die die Schreibrichtung ändern.
page-account-passkey-remove-title = Diesen Passkey entfernen?
page-account-passkey-remove = „{ $passkey }“ funktioniert dann nicht mehr zur Anmeldung. Ihre anderen Geräte werden abgemeldet.
page-account-passkey-removed = Der Passkey wurde entfernt. Sie können ihn auch auf Ihrem Gerät löschen.
page-account-totp = Authenticator-App
page-account-totp-what = Geben Sie beim Anmelden zusätzlich einen Code aus einer App auf Ihrem Telefon ein.
page-account-on = Eingeschaltet
page-account-off = Ausgeschaltet
page-account-set-up = Einrichten
page-account-turn-on = Einschalten
page-account-turn-off = Ausschalten
page-enrolment-client = Um bei { $client } fortzufahren, richten Sie die Bestätigung in zwei Schritten ein.
page-totp-title = Authenticator-App einrichten
page-totp-scan = Scannen Sie diesen QR-Code mit Ihrer Authenticator-App.
page-totp-key = Scannen geht nicht? Geben Sie diesen Schlüssel in der App ein:
page-totp-confirm = Geben Sie dann den 6-stelligen Code ein, den die App anzeigt.
page-totp-over = Diese Einrichtung ist abgelaufen oder wurde ersetzt. Scannen Sie den neuen QR-Code und versuchen Sie es noch einmal.
page-totp-on = Ab jetzt werden Sie beim Anmelden nach einem Code gefragt. Ihre anderen Geräte wurden abgemeldet.
page-totp-off-title = Authenticator-App ausschalten?
page-totp-off = Sie werden nicht mehr nach ihren Codes gefragt. Ihre anderen Geräte werden abgemeldet.
page-account-recovery = Wiederherstellungscodes
page-account-recovery-what = Telefon verloren? Melden Sie sich mit einem dieser Codes an. Jeder funktioniert einmal.
page-account-recovery-left = Verbleibende Codes: { $count }
page-account-recovery-none = Sie haben keine Wiederherstellungscodes. Erstellen Sie jetzt welche, damit Sie den Zugang nicht verlieren.
page-account-recovery-new = Neue Codes erstellen
page-account-recovery-new-what = Codes, die Sie schon haben, funktionieren dann nicht mehr.
page-recovery-title = Wiederherstellungscodes speichern
page-recovery = Bewahren Sie sie sicher auf, etwa in einem Passwortmanager oder auf Papier. Wir zeigen sie nicht noch einmal.
page-recovery-saved = Ich habe die Codes gespeichert
page-account-connected = Verbundene Konten
page-account-connected-what = Melden Sie sich bei { $host } mit einem Konto an, das Sie anderswo haben.
page-account-disconnect = Trennen
page-account-disconnect-title = { $provider } trennen?
page-account-disconnect-what = { $provider } funktioniert dann nicht mehr zur Anmeldung. Ihre anderen Geräte werden abgemeldet.
page-account-last-way = Das ist Ihre einzige Anmeldemethode. Fügen Sie erst eine andere hinzu.
page-account-data = Ihre Daten
page-account-data-what = Alles, was { $host } über Sie gespeichert hat, als JSON-Datei, ohne Passwörter und Schlüssel.
page-account-data-do = Meine Daten herunterladen
page-account-delete = Konto löschen
page-account-delete-title = Ihr Konto löschen?
page-account-delete-what = Ihr Konto bei { $host } und alles, was dazu gespeichert ist, wird gelöscht. Das lässt sich nicht rückgängig machen. Apps können eigene Daten behalten.
page-account-delete-confirm = Geben Sie zur Bestätigung Ihre E-Mail-Adresse ein
page-account-delete-do = Endgültig löschen
page-account-deleted-title = Ihr Konto wurde gelöscht
page-account-deleted = Sie wurden abgemeldet. Bis Apps das bemerken, kann es bis zu { $time } dauern.
page-passkey-created = Ihr Passkey ist bereit.

page-admin-users = Benutzer
page-admin-user = Benutzerkonto
page-admin-keys = Schlüssel
page-admin-clients = Apps und Anbieter
page-admin-events = Ereignisse
page-admin-health = Zustand
page-admin-search = Name oder E-Mail-Adresse suchen
page-admin-search-do = Suchen
page-admin-filter-all = Alle
page-admin-filter-admins = Mit Verwaltungsrecht
page-admin-users-none = Noch keine Benutzer.
page-admin-users-no-match = Kein Benutzer passt zu „{ $search }“.
page-admin-first = Erste Seite
page-admin-next = Nächste Seite
page-admin-id = Benutzer-ID
page-admin-role = Rolle
page-admin-status = Status
page-admin-active = Aktiv
page-admin-disabled = Gesperrt
page-admin-email-confirmed = Bestätigt
page-admin-email-unconfirmed = Nicht bestätigt
page-admin-created = Erstellt
page-admin-changed = Zuletzt geändert
page-admin-ways = Anmeldemethoden
page-admin-factors-none = Nicht eingerichtet
page-admin-create = Benutzer anlegen
page-admin-create-vouch = Sie bestätigen, dass diese E-Mail-Adresse der Person gehört.
page-admin-created-done = Der Benutzer wurde angelegt.
page-admin-taken = Es gibt schon einen Benutzer mit dieser E-Mail-Adresse.
page-admin-role-change = Rolle ändern
page-admin-role-what = Sie gilt ab der nächsten Erneuerung der Anmeldung. Das dauert höchstens { $time }.
page-admin-role-done = Die Rolle wurde geändert. Sie gilt ab der nächsten Erneuerung der Anmeldung. Das dauert höchstens { $time }.
page-admin-role-wrong = Eine Rolle hat 1 bis 32 Zeichen: a bis z, 0 bis 9, _ und -.
page-admin-disable = Benutzer sperren
page-admin-disable-title = { $email } sperren?
page-admin-disable-what = Die Person wird überall abgemeldet und kann sich erst nach dem Entsperren wieder anmelden.
page-admin-disabled-done = Der Benutzer wurde gesperrt und überall abgemeldet.
page-admin-enable = Benutzer entsperren
page-admin-enabled-done = Der Benutzer kann sich wieder anmelden. Frühere Anmeldungen bleiben beendet.
page-admin-log-out-title = { $email } überall abmelden?
page-admin-log-out-what = Alle Anmeldungen enden. Der Benutzer kann sich sofort wieder anmelden.
page-admin-log-out-done = Der Benutzer wurde überall abgemeldet.
page-admin-reset-factors = Zwei-Schritt-Bestätigung aufheben
page-admin-reset-factors-title = Bestätigung für { $email } aufheben?
page-admin-reset-factors-what = Vergewissern Sie sich zuerst, dass die Anfrage von dieser Person kommt. Passkeys, Authenticator-App und Wiederherstellungscodes werden entfernt, alle Anmeldungen enden, und eine E-Mail informiert die Person.
page-admin-reset-factors-done = Die Bestätigung in zwei Schritten wurde aufgehoben. Der Benutzer erhält eine E-Mail.
page-admin-delete = Benutzer löschen
page-admin-delete-title = { $email } löschen?
page-admin-delete-what = Der Benutzer und alles, was dazu gespeichert ist, wird gelöscht. Das lässt sich nicht rückgängig machen.
page-admin-deleted-done = Der Benutzer wurde gelöscht.
page-admin-own = Sie können sich nicht selbst sperren, herabstufen oder löschen. Bitten Sie eine andere Person mit Verwaltungsrecht.
page-admin-keys-what = Nur lesend. Der Dienst schreibt nie Schlüssel: Verwenden Sie „signet keys“ in der Befehlszeile.
page-admin-key-id = Schlüssel-ID
page-admin-key-kind = Art
page-admin-key-state = Phase
page-admin-key-waiting = Veröffentlicht, signiert später
page-admin-key-signing = Signiert
page-admin-key-retiring = Prüft nur noch
page-admin-key-from = Signiert ab
page-admin-key-until = Signiert bis
page-admin-key-verifies = Prüft bis
page-admin-events-what = Die letzten { $count } Sicherheitsereignisse dieses Servers seit dem Start. Alle stehen in Ihren Protokollen.
page-admin-events-none = Keine Ereignisse seit dem Start dieses Servers.
page-admin-event-time = Zeit
page-admin-event-what = Ereignis
page-admin-event-app = App
page-admin-event-network = Netzwerk
page-admin-event-by = Durch
page-admin-event-done = Erledigt
page-admin-event-refused = Abgelehnt
page-admin-event-reason = Grund
page-admin-act-sign-up = Konto erstellt
page-admin-act-link = Link aus einer E-Mail
page-admin-act-login = Anmeldung
page-admin-act-refresh = Anmeldung erneuert
page-admin-act-access = Zugriff auf ein Konto
page-admin-act-limit = Grenze erreicht
page-admin-act-logout = Abmeldung
page-admin-act-logout-everywhere = Überall abgemeldet
page-admin-act-logout-everybody = Alle Benutzer abgemeldet
page-admin-act-record-change = Profil geändert
page-admin-act-password-change = Passwort geändert
page-admin-act-password-reset = Passwort zurückgesetzt
page-admin-act-address-change = E-Mail-Adresse geändert
page-admin-act-account-link = Anbieter verbunden
page-admin-act-account-unlink = Anbieter getrennt
page-admin-act-user-create = Benutzer angelegt
page-admin-act-user-disable = Benutzer gesperrt
page-admin-act-user-enable = Benutzer entsperrt
page-admin-act-user-delete = Benutzer gelöscht
page-admin-act-users-import = Benutzer importiert
page-admin-act-users-export = Benutzer exportiert
page-admin-act-role-change = Rolle geändert
page-admin-act-rehash = Passwort-Hash erneuert
page-admin-act-keys-generate = Schlüssel erzeugt
page-admin-act-keys-rotate = Schlüssel rotiert
page-admin-act-keys-prune = Alte Schlüssel entfernt
page-admin-act-keys-change = Schlüsselordner geändert
page-admin-act-client-authentication = App nicht authentifiziert
page-admin-act-client-credentials = Tokens für eine App
page-admin-act-token-exchange = Token getauscht
page-admin-act-proof = Nachweis eines Schlüssels
page-admin-act-user-invite = Benutzer eingeladen
page-admin-act-password-link = Passwort-Link gesendet
page-admin-act-factor-add = Bestätigungsmethode hinzugefügt
page-admin-act-factor-remove = Bestätigungsmethode entfernt
page-admin-act-recovery-codes-create = Wiederherstellungscodes erstellt
page-admin-act-recovery-code-use = Wiederherstellungscode verwendet
page-admin-act-factors-reset = Zwei-Schritt-Bestätigung aufgehoben
page-admin-act-keys-reseal = Gespeicherte Geheimnisse neu versiegelt
page-admin-act-passkey-cloned = Passkey möglicherweise kopiert
page-admin-log-out = Überall abmelden
page-admin-nav = Verwaltung
page-admin-factors = Bestätigung in zwei Schritten
page-admin-factor-passkey = Passkey
page-admin-factor-totp = Authenticator-App
page-admin-factor-recovery = Wiederherstellungscodes
page-admin-key-retired = Ausgemustert
page-admin-providers = Anbieter
page-admin-apps = Apps
page-admin-none = Keine
page-admin-request = Anfrage-ID
page-admin-session = Anmeldungs-ID
page-account-connect = { $provider } verbinden
page-account-connected-done = { $provider } ist verbunden. Sie können sich jetzt damit anmelden.
page-account-connected-taken = Dieses Konto ist schon mit einem anderen Konto bei { $host } verbunden.
page-account-other-user = Das wurde für ein anderes Konto begonnen, daher wurde nichts geändert. Prüfen Sie Ihr Konto und versuchen Sie es noch einmal.
