# Lo que dicen los correos. $host es de quién es el enlace o la página, $time cuánto vale el enlace,
# $address otra dirección que la que recibe el correo.
# $removed los nombres de los proveedores cuyas cuentas se quitaron.

mail-page-button = Ir a { $host }
mail-copy = ¿El botón no hace nada? Entonces copie este enlace en su navegador:
mail-footer = Enviado a { $to } por { $host }.
mail-list-separator = { ", " }

confirm-sign-up-subject = Confirme su dirección
confirm-sign-up-text = ¡Le damos la bienvenida! Abra este enlace para confirmar su dirección y elegir una contraseña.
confirm-sign-up-button = Elegir una contraseña
confirm-sign-up-note = Es válido durante { $time }. Si no ha pedido registrarse, no haga nada: no se ha guardado nada.

already-signed-up-subject = Ya tiene una cuenta
already-signed-up-text = Alguien, quizá usted, ha pedido registrarse en { $host } con esta dirección. Ya tiene una cuenta, así que no hay nada que confirmar: inicie sesión como de costumbre.
already-signed-up-note = Si no ha sido usted, no haga nada: no ha cambiado nada.

no-account-subject = Ninguna cuenta con esta dirección
no-account-text = Alguien, quizá usted, ha pedido a { $host } un enlace para iniciar sesión o para elegir una contraseña nueva. No hay ninguna cuenta en la que pueda iniciar sesión con esta dirección.
no-account-note = Si ha sido usted, pruebe con otra de sus direcciones o con otra forma de iniciar sesión. Si no, no haga nada: no ha cambiado nada.

confirm-account-subject = Confirme su dirección
confirm-account-text = ¡Le damos la bienvenida! Abra este enlace para confirmar su dirección, en el mismo navegador en el que ha iniciado sesión con { $provider }.
confirm-account-button = Confirmar la dirección
confirm-account-note = Es válido durante { $time }. Si no ha iniciado sesión con { $provider }, no haga nada: no se ha guardado nada.

account-joined-subject = Una nueva forma de iniciar sesión
account-joined-text = A partir de ahora puede iniciar sesión en { $host } con { $provider }: alguien que tiene allí esta dirección acaba de hacerlo.
account-joined-note = Si no ha sido usted, inicie sesión como de costumbre, desvincule { $provider } y revise allí su cuenta.

account-linked-subject = Nueva forma de iniciar sesión en { $host }
account-linked-text = { $provider } se acaba de vincular con su cuenta en { $host }. Ya puede usarlo para iniciar sesión.
account-linked-note = ¿No fue usted? Inicie sesión, desvincule { $provider } y cambie su contraseña de inmediato.

account-unlinked-subject = Se quitó una forma de iniciar sesión en { $host }
account-unlinked-text = { $provider } se acaba de desvincular de su cuenta en { $host }. Se cerró la sesión en sus demás dispositivos.
account-unlinked-note = ¿No fue usted? Cambie su contraseña de inmediato y revise sus formas de iniciar sesión.

log-in-and-link-subject = Ya tiene una cuenta
log-in-and-link-text = Alguien, quizá usted, ha iniciado sesión en { $host } con { $provider } y ha indicado esta dirección. Ya tiene una cuenta.
log-in-and-link-note = Si ha sido usted, inicie sesión como de costumbre y vincule allí { $provider }. Si no, no haga nada: no ha cambiado nada.

reset-password-subject = Elija una contraseña nueva
reset-password-text = Abra este enlace para elegir una contraseña nueva en { $host }. Con ello se cerrarán todas sus sesiones, en cualquier dispositivo.
reset-password-button = Elegir una contraseña nueva
reset-password-note = Es válido una sola vez, durante { $time }. Si no lo ha pedido, no haga nada: no ha cambiado nada.

password-set-subject = Tiene una contraseña nueva
password-set-text = Se acaba de establecer una contraseña nueva para su cuenta en { $host }. Las demás sesiones abiertas se han cerrado.
password-set-text-removed = { password-set-text } Por seguridad, se quitaron estas formas de iniciar sesión: { $removed }. Puede volver a vincularlas después de iniciar sesión.
password-set-note = Si no ha sido usted, restablézcala de inmediato: alguien conoce su contraseña anterior o lee su correo.

confirm-address-subject = Confirme su nueva dirección
confirm-address-text = Abra este enlace para usar en adelante esta dirección en { $host }, en lugar de { $address }.
confirm-address-button = Usar esta dirección
confirm-address-note = Es válido una sola vez, durante { $time }. No confirme nunca por otra persona: si { $address } no es suya o no lo ha pedido usted, no haga nada y no cambiará nada.

address-taken-subject = Ya tiene una cuenta
address-taken-text = Alguien, quizá usted, ha pedido usar esta dirección para otra cuenta en { $host }. Ya tiene una cuenta, así que no se ha cambiado nada.
address-taken-note = Si ha sido usted, inicie sesión con esta dirección o elija otra para aquella cuenta. Si no, no haga nada.

address-change-asked-subject = ¿Una nueva dirección para su cuenta?
address-change-asked-text = Alguien, quizá usted, ha pedido que su cuenta en { $host } tenga la dirección { $address } en lugar de esta. Así será en cuanto se confirme allí.
address-change-asked-note = Si no ha sido usted, cambie de inmediato su contraseña o cierre todas sus sesiones: cualquiera de las dos cosas lo impide.

address-changed-subject = Su dirección ha cambiado
address-changed-text = Su cuenta en { $host } tiene ahora la dirección { $address } en lugar de esta, y se han cerrado todas sus sesiones. Inicie sesión con la nueva dirección.
address-changed-text-removed = { address-changed-text } Por seguridad, se quitaron estas formas de iniciar sesión: { $removed }. Puede volver a vincularlas después de iniciar sesión.
address-changed-note = Si no ha sido usted, avise de inmediato a quien administra { $host }.

log-in-subject = Su enlace para iniciar sesión
log-in-text = Abra este enlace para iniciar sesión en { $host }, en la aplicación o el navegador en el que lo ha pedido.
log-in-button = Iniciar sesión
log-in-note = Es válido una sola vez, durante { $time }. Si no lo ha pedido, no haga nada: sin este enlace no entra nadie.

test-subject = Este es un correo de prueba
test-text = El correo funciona: quien administra { $host } quería comprobarlo.
test-note = No tiene que hacer nada.
