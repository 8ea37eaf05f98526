# Textos de los correos. $host: el servicio que envía el correo. $to: el destinatario. $time: cuánto
# tiempo funciona el enlace. $provider: el nombre de un proveedor. $address: la otra dirección de un
# cambio. $removed: los nombres de los proveedores cuyas cuentas se quitaron.

mail-page-button = Ir a { $host }
mail-security-button = Proteger su cuenta
mail-copy = ¿No funciona el botón? Copie este enlace en su navegador:
mail-footer = Enviado a { $to } por { $host }.
mail-list-separator = { ", " }
mail-passkeys = Llaves de acceso
mail-code-label = O escriba este código donde solicitó este correo:

confirm-sign-up-subject = Confirme su correo para { $host }
confirm-sign-up-preheader = Cree una contraseña para crear su cuenta. El enlace es válido durante { $time }.
confirm-sign-up-text = ¡Le damos la bienvenida! Confirme su correo y cree una contraseña para crear su cuenta.
confirm-sign-up-button = Crear contraseña
confirm-sign-up-note = Este enlace es válido durante { $time }. ¿No quería crear una cuenta? Ignore este correo. No guardamos ningún dato.

already-signed-up-subject = Ya tiene una cuenta en { $host }
already-signed-up-preheader = Inicie sesión como de costumbre.
already-signed-up-text = Alguien, quizá usted, quiso crear una cuenta en { $host } con esta dirección de correo. Ya tiene una, así que no hay nada que confirmar. Inicie sesión como de costumbre.
already-signed-up-button = Iniciar sesión
already-signed-up-note = ¿No fue usted? Ignore este correo. Todo sigue igual.

no-account-subject = No hay cuenta en { $host } con este correo
no-account-preheader = Pruebe con otro correo u otra forma de iniciar sesión.
no-account-text = Alguien, quizá usted, solicitó en { $host } un enlace para iniciar sesión o crear una contraseña nueva. No hay ninguna cuenta en la que pueda iniciar sesión con esta dirección de correo.
no-account-note = Si fue usted, pruebe con otra dirección de correo u otra forma de iniciar sesión. Si no, ignore este correo. Todo sigue igual.

confirm-account-subject = Confirme su correo para { $host }
confirm-account-preheader = Complete el inicio de sesión con { $provider }. El enlace es válido durante { $time }.
confirm-account-text = ¡Le damos la bienvenida! Confirme su correo para completar el inicio de sesión con { $provider }. Abra el enlace en el navegador en el que empezó.
confirm-account-button = Confirmar correo
confirm-account-note = Este enlace es válido durante { $time }. ¿No inició sesión con { $provider }? Ignore este correo. No guardamos ningún dato.

account-joined-subject = Nueva forma de iniciar sesión en { $host }
account-joined-preheader = { $provider } ya sirve para su cuenta. ¿No fue usted? Vea qué hacer.
account-joined-text = Ya puede iniciar sesión en { $host } con { $provider }. Alguien cuya cuenta de { $provider } tiene esta dirección de correo acaba de hacerlo.
account-joined-button = { mail-security-button }
account-joined-note = ¿No fue usted? Inicie sesión como de costumbre, desvincule { $provider } y proteja su cuenta allí.

account-linked-subject = Nueva forma de iniciar sesión en { $host }
account-linked-preheader = { $provider } quedó vinculado con su cuenta.
account-linked-text = { $provider } se acaba de vincular con su cuenta en { $host }. Ya puede usarlo para iniciar sesión.
account-linked-button = { mail-security-button }
account-linked-note = ¿No fue usted? Inicie sesión, desvincule { $provider } y cambie su contraseña de inmediato.

account-unlinked-subject = Se quitó una forma de iniciar sesión en { $host }
account-unlinked-preheader = { $provider } ya no sirve para iniciar sesión.
account-unlinked-text = { $provider } se acaba de desvincular de su cuenta en { $host }. Se cerró la sesión en sus demás dispositivos.
account-unlinked-button = { mail-security-button }
account-unlinked-note = ¿No fue usted? Cambie su contraseña de inmediato y revise sus formas de iniciar sesión.

log-in-and-link-subject = Ya tiene una cuenta en { $host }
log-in-and-link-preheader = Inicie sesión como de costumbre y vincule { $provider }.
log-in-and-link-text = Alguien, quizá usted, inició sesión en { $host } con { $provider } e indicó esta dirección de correo. Ya tiene una cuenta.
log-in-and-link-button = Iniciar sesión
log-in-and-link-note = Si fue usted, inicie sesión como de costumbre y vincule { $provider } en la configuración de su cuenta. Si no, ignore este correo. Todo sigue igual.

reset-password-subject = Cree una contraseña nueva para { $host }
reset-password-preheader = El enlace funciona una sola vez y es válido durante { $time }.
reset-password-text = Cree una contraseña nueva para su cuenta en { $host }. Después se cerrará su sesión en todos los dispositivos.
reset-password-button = Crear contraseña nueva
reset-password-note = Este enlace funciona una sola vez y es válido durante { $time }. ¿No lo solicitó usted? Ignore este correo. Todo sigue igual.

password-set-subject = Contraseña nueva en { $host }
password-set-preheader = ¿No fue usted? Restablezca su contraseña de inmediato.
password-set-text = Se acaba de crear una contraseña nueva para su cuenta en { $host }. Se cerró la sesión en todos los demás dispositivos.
password-set-text-removed = { password-set-text } Por seguridad, se quitaron estas formas de iniciar sesión: { $removed }. Puede volver a vincularlas después de iniciar sesión.
password-set-button = { mail-security-button }
password-set-note = ¿No fue usted? Restablezca su contraseña de inmediato. Alguien conoce la anterior o puede leer su correo.

confirm-address-subject = Confirme su nuevo correo para { $host }
confirm-address-preheader = Reemplaza a { $address }. El enlace funciona una vez y es válido durante { $time }.
confirm-address-text = Confirme que quiere usar esta dirección de correo en { $host } en lugar de { $address }.
confirm-address-button = Usar este correo
confirm-address-note = Este enlace funciona una sola vez y es válido durante { $time }. Nunca confirme por otra persona. Si { $address } no es suya o no lo solicitó usted, ignore este correo y no cambiará nada.

address-taken-subject = Ya tiene una cuenta en { $host }
address-taken-preheader = No se cambió nada.
address-taken-text = Alguien, quizá usted, pidió usar esta dirección de correo para otra cuenta en { $host }. Ya tiene una cuenta, así que no se cambió nada.
address-taken-button = Iniciar sesión
address-taken-note = Si fue usted, inicie sesión con esta dirección o elija otra para la otra cuenta. Si no, ignore este correo.

address-change-asked-subject = Solicitud para cambiar su correo en { $host }
address-change-asked-preheader = ¿No fue usted? Todavía puede cancelar el cambio.
address-change-asked-text = Alguien, quizá usted, pidió cambiar la dirección de correo de su cuenta en { $host } por { $address }. Cambiará en cuanto se confirme la nueva.
address-change-asked-button = { mail-security-button }
address-change-asked-note = ¿No fue usted? Cambie su contraseña o cierre sesión en todos los dispositivos de inmediato. Cualquiera de las dos cosas cancela el cambio.

address-changed-subject = Cambió su correo en { $host }
address-changed-preheader = Ahora es { $address }. ¿No fue usted? Avísenos de inmediato.
address-changed-text = Su cuenta en { $host } tiene ahora la dirección de correo { $address } en lugar de esta. Se cerró su sesión en todos los dispositivos. Inicie sesión con la nueva dirección.
address-changed-text-removed = { address-changed-text } Por seguridad, se quitaron estas formas de iniciar sesión: { $removed }. Puede volver a vincularlas después de iniciar sesión.
address-changed-button = { mail-security-button }
address-changed-note = ¿No fue usted? Avise de inmediato a quien administra { $host }.

factor-added-subject = Aplicación de autenticación en { $host }
factor-added-preheader = Ahora sus inicios de sesión piden además un código de la aplicación.
factor-added-text = Se acaba de configurar una aplicación de autenticación para su cuenta en { $host }. En adelante, iniciar sesión requiere además un código de ella. Se cerró la sesión en sus demás dispositivos.
factor-added-button = { mail-security-button }
factor-added-note = ¿No fue usted? Restablezca su contraseña de inmediato y avise a quien administra { $host }.

factor-removed-subject = Aplicación de autenticación desactivada en { $host }
factor-removed-preheader = ¿No fue usted? Cambie su contraseña de inmediato.
factor-removed-text = Se acaba de desactivar la aplicación de autenticación de su cuenta en { $host }. Sus códigos ya no hacen falta para iniciar sesión. Se cerró la sesión en sus demás dispositivos.
factor-removed-button = { mail-security-button }
factor-removed-note = ¿No fue usted? Cambie su contraseña de inmediato y configure de nuevo la verificación en dos pasos.

recovery-codes-subject = Nuevos códigos de recuperación en { $host }
recovery-codes-preheader = Los códigos anteriores ya no funcionan.
recovery-codes-text = Se acaban de crear nuevos códigos de recuperación para su cuenta en { $host }. Los anteriores ya no funcionan.
recovery-codes-button = { mail-security-button }
recovery-codes-note = ¿No fue usted? Cambie su contraseña de inmediato y cree códigos nuevos.

recovery-code-used-subject = Se usó un código de recuperación en { $host }
recovery-code-used-preheader = Códigos restantes: { $count }
recovery-code-used-text = Alguien, quizá usted, acaba de iniciar sesión en su cuenta de { $host } con un código de recuperación. Códigos restantes: { $count }.
recovery-code-used-button = { mail-security-button }
recovery-code-used-note = ¿No fue usted? Cambie su contraseña de inmediato y cree nuevos códigos de recuperación.

factors-reset-subject = Verificación restablecida en { $host }
factors-reset-preheader = Configúrela de nuevo después de iniciar sesión.
factors-reset-text = Quien administra { $host } quitó de su cuenta las llaves de acceso, la aplicación de autenticación y los códigos de recuperación. Se cerró su sesión en todos los dispositivos.
factors-reset-button = { mail-security-button }
factors-reset-note = ¿No lo pidió usted? Avise de inmediato a quien administra { $host } y cambie su contraseña.

passkey-added-subject = Nueva llave de acceso en { $host }
passkey-added-preheader = ¿No fue usted? Quítela de inmediato.
passkey-added-text = Se acaba de agregar una llave de acceso a su cuenta en { $host }. Sirve para iniciar sesión. Se cerró la sesión en sus demás dispositivos.
passkey-added-button = { mail-security-button }
passkey-added-note = ¿No fue usted? Inicie sesión, quite la llave de acceso y cambie su contraseña de inmediato.

passkey-removed-subject = Se quitó una llave de acceso en { $host }
passkey-removed-preheader = ¿No fue usted? Cambie su contraseña de inmediato.
passkey-removed-text = Se acaba de quitar una llave de acceso de su cuenta en { $host }. Ya no sirve para iniciar sesión. Se cerró la sesión en sus demás dispositivos.
passkey-removed-button = { mail-security-button }
passkey-removed-note = ¿No fue usted? Cambie su contraseña de inmediato y revise sus formas de iniciar sesión.

log-in-subject = Su enlace para iniciar sesión en { $host }
log-in-preheader = El enlace funciona una sola vez y es válido durante { $time }.
log-in-text = Inicie sesión en { $host } con este enlace. Ábralo en la aplicación o el navegador en que lo solicitó.
log-in-button = Iniciar sesión
log-in-note = Este enlace funciona una sola vez y es válido durante { $time }. ¿No lo solicitó usted? Ignore este correo. Sin este enlace nadie puede iniciar sesión con esta solicitud.
log-in-note-code = El enlace y el código funcionan una sola vez y son válidos durante { $time }. No comparta el código; escríbalo solo donde lo solicitó. ¿No lo solicitó usted? Ignore este correo. Sin uno de ellos nadie puede iniciar sesión con esta solicitud.

test-subject = Correo de prueba de { $host }
test-preheader = El envío de correo funciona.
test-text = El envío de correo funciona. Quien administra { $host } quería comprobarlo.
test-note = No tiene que hacer nada.
