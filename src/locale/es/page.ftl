# Textos de las páginas. `$host` es el host de este servicio y puede usarse en cada texto.

## Compartidos por varias páginas

page-back = Volver a la aplicación
page-cancel = Cancelar
page-continue = Continuar
page-continue-with = Continuar con { $provider }
page-continue-to = Continuar a { $client }
page-email = Correo electrónico
page-send-link = Enviar enlace
page-another-link = Solicitar otro enlace
page-try-again = Reintentar
page-back-to-login = Volver al inicio de sesión
page-login = Iniciar sesión
page-name = Nombre
page-optional = (opcional)
page-password = Contraseña
page-password-new = Nueva contraseña
page-show = Mostrar
page-show-password = Mostrar contraseña
page-footer-privacy = Privacidad
page-footer-terms = Términos

page-password-missing = Escriba una contraseña.
page-password-too-long = Esta contraseña es demasiado larga. Elija una más corta.
page-password-too-short = Use al menos { $count } caracteres.
page-password-common = Esta contraseña es demasiado fácil de adivinar. Elija otra.
page-password-contains-email = Esta contraseña contiene su correo. Elija otra.
page-password-contains-service = Esta contraseña contiene el nombre de este servicio. Elija otra.
page-password-guessable = Esta contraseña es demasiado fácil de adivinar. Use varias palabras que no tengan relación entre sí.
page-name-empty = Escriba un nombre o deje el campo vacío.
page-name-too-long = Use 200 caracteres como máximo.
page-name-forbidden = El nombre no puede contener caracteres de control, saltos de línea ni marcas que cambien la dirección del texto.

page-email-form = Escriba una dirección de correo como nombre@example.com.
page-email-too-long = Esta dirección es demasiado larga. Puede tener 254 caracteres, 64 de ellos antes de la @.
page-email-local-part = Revise la parte anterior a la @. Solo admite letras sin tilde, cifras y los signos !#$%&'*+-/=?^_`{"{"}|{"}"}~.
page-email-domain = Revise la parte posterior a la @. Debe ser un dominio como example.com.

page-token-missing = Esta página solo funciona desde el enlace de su correo. Ábralo otra vez.
page-token-no-script = JavaScript está desactivado en este navegador y esta página lo necesita para leer su enlace. Actívelo para { $host } y abra otra vez el enlace de su correo.

page-only-if-asked = Continúe solo si acaba de solicitarlo usted.
page-not-asked = ¿No lo solicitó usted? Cierre esta página. Todo sigue igual y así seguirá.

## Inicio de sesión

page-front = Para iniciar sesión en { $host }, abra la aplicación que quiere usar. Desde allí volverá a esta página.
page-home = Con su cuenta de { $host } inicia sesión en sus aplicaciones.
page-account-title = Su cuenta
page-login-title = Iniciar sesión
page-login-client = Va a iniciar sesión en { $client }.
page-recent = Para proteger su cuenta, este cambio requiere haber iniciado sesión hace poco.
page-login-forgot = ¿Olvidó su contraseña?
page-login-link = Recibir un enlace por correo
page-login-link-instead = Usar un enlace por correo
page-login-link-opened = Está a punto de iniciar sesión en { $host }.
page-login-or = o
page-login-sign-up = Crear una cuenta
page-login-wrong = Correo o contraseña incorrectos. Inténtelo de nuevo.
page-login-none = Aquí todavía no hay ninguna forma de iniciar sesión.
page-login-none-help = Quien administra { $host } puede configurarla.

page-ask-first-title = Confirme el inicio de sesión
page-ask-first = Está a punto de iniciar sesión en { $client }.
page-ask-first-if-begun = Continúe solo si lo inició usted.

page-choose-title = Continuar a { $client }
page-choose-as = Continuar como { $name }
page-choose-other = Usar otra cuenta

page-repost-title = Un momento
page-repost = Estamos iniciando su sesión. Si no ocurre nada, seleccione “Continuar”.
page-repost-log-out = Estamos cerrando su sesión. Si no ocurre nada, seleccione “Continuar”.

page-logged-in-title = Ha iniciado sesión
page-logged-in = Las aplicaciones que usan { $host } ya pueden iniciar su sesión sin la contraseña. En un dispositivo compartido, cierre la sesión al terminar.
page-account-logged-in-as = Sesión iniciada como { $email }

page-log-out-title = ¿Cerrar sesión?
page-log-out-what = Se cerrará su sesión de { $host } en este navegador. Las aplicaciones pueden mantenerla abierta hasta que la cierre allí.
page-log-out-asked = { $client } pidió cerrar su sesión.
page-log-out-stay = Mantener la sesión abierta
page-log-out = Cerrar sesión

page-logged-out-title = Sesión cerrada
page-logged-out = Se cerró su sesión de { $host } en este navegador. En un dispositivo compartido, cierre también el navegador.
page-logged-out-again = Iniciar sesión de nuevo
page-logged-out-everywhere-title = Sesión cerrada en todos los dispositivos
page-logged-out-everywhere = Terminaron todas las sesiones de su cuenta. Las aplicaciones pueden tardar hasta { $time } en notarlo.
page-not-logged-in-title = No ha iniciado sesión
page-not-logged-in = No ha iniciado sesión en { $host } en este navegador.

page-account-everywhere = Cerrar sesión en todos los dispositivos
page-account-everywhere-what = Termina todas las sesiones de su cuenta, también esta. Las aplicaciones pueden tardar hasta { $time } en notarlo.
page-log-out-everywhere-title = ¿Cerrar sesión en todos los dispositivos?
page-log-out-everywhere-logged-out = No ha iniciado sesión en { $host } en este navegador. Para cerrar sesión en todos los dispositivos, restablezca su contraseña.
page-log-out-everywhere-reset = Si alguien pudiera conocer su contraseña o leer su correo, restablezca también la contraseña.
page-log-out-everywhere-reset-do = Restablecer contraseña

## Inicio de sesión con un proveedor sin correo confirmado

page-address-title = ¿Cuál es su correo electrónico?
page-address-why = { $provider } no nos dio una dirección de correo confirmada. Escriba la suya y le enviaremos un enlace. Ábralo para completar el inicio de sesión.
page-address-or-not = ¿No quería iniciar sesión con { $provider }? Cierre esta página.

page-mailed-title = Revise su correo
page-mailed = Estamos enviando un correo a { $email }.
page-mailed-for-here = Abra el enlace del correo en este navegador para continuar.
page-mailed-for-anywhere = Abra el enlace del correo para continuar.
page-mailed-nothing = ¿No le llega en unos minutos? Revise la carpeta de correo no deseado, o vuelva atrás y compruebe la dirección. Si lo solicitó varias veces, inténtelo más tarde.
page-mailed-back = Volver
page-code = Código
page-code-mailed = ¿Lee el correo en otro dispositivo? Escriba aquí el código que contiene.
page-code-wrong = El código no es correcto. Revíselo e inténtelo de nuevo.
page-code-over = Este código ya no sirve. Use el enlace del correo, o vuelva y solicite otro.
page-code-too-many = Se probaron demasiados códigos. Use el enlace del correo, o vuelva y solicite otro.

## Contraseñas olvidadas y cuentas nuevas

page-forgot-title = ¿Olvidó su contraseña?
page-forgot = Escriba su correo electrónico y le enviaremos un enlace para crear una contraseña nueva.

page-sign-up-title = Crear una cuenta
page-sign-up = Escriba su correo electrónico y le enviaremos un enlace para crear una contraseña.
page-sign-up-terms = Al crear una cuenta, acepta los términos y la política de privacidad de { $host }.
page-sign-up-client = Va a crear una cuenta para usar { $client }.
page-sign-up-or-log-in = ¿Ya tiene una cuenta? Inicie sesión

## Páginas de los enlaces enviados por correo

page-choose-password-title = Cree una contraseña
page-choose-password = Cree una contraseña para confirmar su correo y terminar de crear su cuenta.
page-choose-password-do = Crear cuenta
page-new-password-title = Cree una contraseña nueva
page-new-password = Se cerrará su sesión en todos los dispositivos. Después, inicie sesión con la contraseña nueva.
page-new-password-do = Guardar contraseña
page-password-hint = Al menos { $count } caracteres. Varias palabras seguidas son fáciles de recordar y difíciles de adivinar.

page-confirm-address-title = Confirme su nuevo correo
page-confirm-address = ¿Usar esta dirección para su cuenta en { $host }? Se cerrará su sesión en todos los dispositivos. Nuestro correo indica qué dirección se reemplaza. Continúe solo si esa también es suya.
page-confirm-address-do = Confirmar correo

page-signed-up-title = Su cuenta está lista
page-signed-up = Ya puede iniciar sesión en { $host }.
page-password-reset-title = Contraseña nueva guardada
page-password-reset = Se cerró su sesión en todos los dispositivos. Inicie sesión con la contraseña nueva.
page-address-changed-title = Correo actualizado
page-address-changed = Se cerró su sesión en todos los dispositivos. Inicie sesión con el correo nuevo.

page-finish-title = Iniciar sesión con { $provider }
page-finish = Continúe para iniciar sesión. En adelante podrá usar { $provider } para iniciar sesión en { $host }.
page-finish-do = Iniciar sesión con { $provider }

page-link-title = Ya tiene una cuenta
page-link-why = En { $host } ya hay una cuenta con esta dirección de correo. Todavía no está vinculada con { $provider }.
page-link-how = Inicie sesión como de costumbre y vincule { $provider } en la configuración de su cuenta. Después también podrá usarlo para iniciar sesión.

## Páginas de error

page-app-title = No se puede iniciar sesión
page-app = La aplicación que le trajo aquí hizo una solicitud que { $host } no puede procesar. Vuelva a la aplicación e inténtelo de nuevo. Si no funciona, envíe este mensaje a quienes la desarrollan:

page-over-title = Este inicio de sesión ya no es válido
page-over = Un inicio de sesión solo puede completarse una vez y durante un tiempo limitado. Este quizá ya se completó o tardó demasiado.
page-over-again = Vuelva a la aplicación e inicie sesión de nuevo.

page-canceled-title = Inicio de sesión cancelado
page-canceled = El inicio de sesión no se completó. Para abrir la aplicación, inicie sesión de nuevo.

page-duplicate-cookie-title = Elimine las cookies de este sitio
page-duplicate-cookie = Este navegador envió dos cookies de inicio de sesión con el mismo nombre. Elimine las cookies de { $host } y de su dominio, y luego inicie sesión de nuevo.

page-other-browser-title = Continúe en el navegador donde empezó
page-other-browser = Para proteger su cuenta, un inicio de sesión solo puede completarse en el navegador en el que empezó. Continúe allí o vuelva a la aplicación y empiece de nuevo.
page-other-browser-cookies = ¿Es el mismo navegador? Puede que esté bloqueando las cookies.

page-link-over-title = Este enlace ya no funciona
page-link-over = Los enlaces de nuestros correos funcionan una sola vez y durante poco tiempo. Este ya se usó, expiró o quedó reemplazado por algo que usted hizo después.
page-link-over-again = ¿Aún lo necesita? Solicite otro.

page-opened-elsewhere-title = Abra el enlace donde lo solicitó
page-opened-elsewhere = Para proteger su cuenta, este enlace solo funciona en la aplicación o el navegador en que lo solicitó. Ábralo allí. Si el correo contiene un código, también puede escribirlo allí.
page-opened-elsewhere-or = O solicite otro enlace aquí.

page-foreign-form-title = No pudimos aceptar este formulario
page-foreign-form = Para proteger su cuenta, solo aceptamos formularios de nuestras propias páginas. Vuelva a la aplicación y empiece de nuevo.

page-no-such-provider-title = Esta forma de iniciar sesión no existe
page-no-such-provider = { $host } no ofrece esta forma de iniciar sesión. Vuelva a la aplicación y elija otra.

page-not-found-title = Página no encontrada
page-not-found = No hay nada en esta dirección. Revise el enlace o vaya al inicio de sesión.

page-forbidden-title = No tiene acceso
page-forbidden = Solo quienes administran { $host } pueden abrir esta página.
page-not-admitted = Su cuenta no tiene acceso a esta aplicación. Solicite acceso a su administrador.
page-not-admitted-other = Para usar otra cuenta, cierre sesión primero.

page-too-often-title = Demasiados intentos
page-too-often = Hubo demasiados intentos en poco tiempo. Los limitamos para proteger las cuentas.

page-away-title = { $provider } no responde
page-away = { $provider } no responde en este momento, así que no puede iniciar sesión de esa forma. Las demás formas siguen funcionando.
page-other-service = El otro servicio

page-no-mail-title = No disponible aquí
page-no-mail = { $host } todavía no puede enviar correos, por lo que esto no está disponible. Quien administra { $host } puede configurarlo.

page-busy-title = No disponible por el momento
page-busy = No podemos hacerlo en este momento. El problema es nuestro.

page-broken-title = Algo salió mal
page-broken = El problema es nuestro y quedó registrado. Usted no hizo nada mal.

page-again-soon = Inténtelo de nuevo en un momento.
page-again-in = Inténtelo de nuevo en { $wait }.
page-again-in-about = Inténtelo de nuevo en aproximadamente { $wait }.

page-ask-for-help = Si pide ayuda, incluya estos datos:

page-factor-title = Verificación en dos pasos
page-factor-totp = Escriba el código de 6 cifras de su aplicación de autenticación.
page-factor-totp-label = Código de 6 cifras
page-factor-recovery = Escriba uno de sus códigos de recuperación. Cada uno funciona una sola vez.
page-factor-recovery-label = Código de recuperación
page-factor-use-totp = Usar la aplicación
page-factor-use-recovery = Usar un código de recuperación
page-factor-wrong = El código no es correcto. Escriba el que muestra la aplicación ahora.
page-factor-used = Este código ya se usó. Espere al siguiente.
page-factor-recovery-wrong = El código de recuperación no es correcto o ya se usó.
page-factor-lost = ¿Perdió el acceso a todo esto? Quien administra { $host } puede restablecer la verificación en dos pasos.

page-passkey-login = Usar una llave de acceso
page-passkey-waiting = Siga los pasos en su dispositivo.
page-passkey-canceled = No se usó ninguna llave de acceso. Reintente o inicie sesión de otra forma.
page-passkey-failed = Esta llave de acceso no funcionó. Pruebe con otra o inicie sesión de otra forma.
page-passkey-unsupported = Este navegador no admite llaves de acceso.
page-passkey-no-script = Las llaves de acceso necesitan JavaScript. Actívelo para { $host } o inicie sesión de otra forma.
page-passkey-offer-title = Inicie sesión más rápido
page-passkey-offer = Con una llave de acceso inicia sesión con su huella, su rostro o el bloqueo de pantalla. Sin contraseña.
page-passkey-create = Crear una llave de acceso
page-passkey-exists = Este dispositivo ya tiene una llave de acceso para su cuenta.
page-passkey-not-created = No se creó ninguna llave de acceso. Puede intentarlo de nuevo cuando quiera.
page-not-now = Ahora no
page-factor-passkey = Confirme que es usted con su llave de acceso.
page-factor-use-passkey = Usar una llave de acceso
page-save = Guardar
page-change = Cambiar
page-rename = Cambiar nombre
page-remove = Quitar
page-account-profile = Perfil
page-account-profile-what = Las aplicaciones que usa pueden mostrar su nombre y su imagen.
page-account-name-none = Sin nombre todavía
page-account-picture = Imagen
page-account-picture-label = Enlace a una imagen
page-account-picture-hint = Un enlace que empiece por https://. Las aplicaciones cargan la imagen desde allí.
page-account-picture-wrong = Escriba un enlace que empiece por https:// y tenga 2048 caracteres como máximo.
page-account-email-change = Cambiar correo
page-account-email-new = Nuevo correo electrónico
page-account-email-how = Enviaremos un enlace a la nueva dirección. Al abrirlo, el cambio se aplica y se cierra su sesión en todos los dispositivos.
page-account-email-asked = Abra el enlace que enviamos a { $email } para completar el cambio.
page-account-email-same = Esta ya es su dirección de correo.
page-account-password-change = Cambiar contraseña
page-account-password-none = No tiene contraseña.
page-account-password-how = Se cerrará la sesión en sus demás dispositivos.
page-account-password-changed = Se cambió su contraseña y se cerró la sesión en sus demás dispositivos.
page-account-security = Inicio de sesión y seguridad
page-account-passkeys = Llaves de acceso
page-account-passkeys-what = Inicie sesión con su huella, su rostro o el bloqueo de pantalla. Una llave de acceso no se puede adivinar ni robar con páginas falsas.
page-account-passkeys-none = Todavía no tiene ninguna llave de acceso.
page-account-passkey-add = Agregar una llave de acceso
page-account-passkey-added = Agregada el { $date }
page-account-passkey-synced = Sincronizada entre sus dispositivos
page-account-passkey-device = Solo en un dispositivo
page-account-passkey-unusable = Se creó para { $domain }. No se puede usar aquí.
page-account-passkey-name = Nombre de esta llave de acceso
page-account-passkey-name-hint = Por ejemplo: Mi teléfono
page-account-passkey-name-wrong = Escriba un nombre de 1 a 64 caracteres, sin saltos de línea ni marcas que cambien la dirección del texto.
page-account-passkey-remove-title = ¿Quitar esta llave de acceso?
page-account-passkey-remove = “{ $passkey }” ya no servirá para iniciar sesión. Se cerrará la sesión en sus demás dispositivos.
page-account-passkey-removed = Se quitó la llave de acceso. También puede eliminarla de su dispositivo.
page-account-totp = Aplicación de autenticación
page-account-totp-what = Al iniciar sesión, escriba además un código de una aplicación de su teléfono.
page-account-on = Activada
page-account-off = Desactivada
page-account-set-up = Configurar
page-account-turn-on = Activar
page-account-turn-off = Desactivar
page-enrolment-client = Para continuar a { $client }, configure la verificación en dos pasos.
page-totp-title = Configure la aplicación de autenticación
page-totp-scan = Escanee este código QR con su aplicación de autenticación.
page-totp-key = ¿No puede escanearlo? Escriba esta clave en la aplicación:
page-totp-confirm = Después, escriba el código de 6 cifras que muestra la aplicación.
page-totp-over = Esta configuración expiró o se reemplazó. Escanee el nuevo código QR e inténtelo de nuevo.
page-totp-on = En adelante se le pedirá un código al iniciar sesión. Se cerró la sesión en sus demás dispositivos.
page-totp-off-title = ¿Desactivar la aplicación?
page-totp-off = Ya no se le pedirán sus códigos. Se cerrará la sesión en sus demás dispositivos.
page-account-recovery = Códigos de recuperación
page-account-recovery-what = ¿Perdió su teléfono? Inicie sesión con uno de estos códigos. Cada uno funciona una sola vez.
page-account-recovery-left = Códigos restantes: { $count }
page-account-recovery-none = No tiene códigos de recuperación. Créelos ahora para no perder el acceso.
page-account-recovery-new = Crear códigos nuevos
page-account-recovery-new-what = Los códigos que ya tenga dejarán de funcionar.
page-recovery-title = Guarde sus códigos de recuperación
page-recovery = Guárdelos en un lugar seguro, como un gestor de contraseñas o en papel. No los volveremos a mostrar.
page-recovery-saved = Ya guardé los códigos
page-account-connected = Cuentas vinculadas
page-account-connected-what = Inicie sesión en { $host } con una cuenta que ya tiene en otro servicio.
page-account-disconnect = Desvincular
page-account-disconnect-title = ¿Desvincular { $provider }?
page-account-disconnect-what = { $provider } ya no servirá para iniciar sesión. Se cerrará la sesión en sus demás dispositivos.
page-account-last-way = Es su única forma de iniciar sesión. Agregue otra primero.
page-account-data = Sus datos
page-account-data-what = Todo lo que { $host } guarda sobre usted, en un archivo JSON, sin contraseñas ni claves.
page-account-data-do = Descargar mis datos
page-account-delete = Eliminar la cuenta
page-account-delete-title = ¿Eliminar su cuenta?
page-account-delete-what = Se eliminará su cuenta en { $host } y todo lo que contiene. No se puede deshacer. Las aplicaciones pueden conservar sus propios datos.
page-account-delete-confirm = Escriba su correo para confirmar
page-account-delete-do = Eliminar definitivamente
page-account-deleted-title = Su cuenta fue eliminada
page-account-deleted = Se cerró su sesión. Las aplicaciones pueden tardar hasta { $time } en notarlo.
page-passkey-created = Su llave de acceso está lista.

page-admin-users = Usuarios
page-admin-user = Usuario
page-admin-keys = Claves
page-admin-clients = Aplicaciones y proveedores
page-admin-events = Eventos
page-admin-health = Estado del servicio
page-admin-search = Buscar por nombre o correo
page-admin-search-do = Buscar
page-admin-filter-all = Todos
page-admin-filter-admins = Administradores
page-admin-users-none = Todavía no hay usuarios.
page-admin-users-no-match = Ningún usuario coincide con “{ $search }”.
page-admin-first = Primera página
page-admin-next = Página siguiente
page-admin-id = ID de usuario
page-admin-role = Rol
page-admin-status = Estado
page-admin-active = Activo
page-admin-disabled = Desactivado
page-admin-email-confirmed = Confirmado
page-admin-email-unconfirmed = Sin confirmar
page-admin-created = Creado
page-admin-changed = Último cambio
page-admin-ways = Formas de iniciar sesión
page-admin-factors-none = Sin configurar
page-admin-create = Crear usuario
page-admin-create-vouch = Usted confirma que este correo pertenece a la persona.
page-admin-created-done = Se creó el usuario.
page-admin-taken = Ya existe un usuario con este correo.
page-admin-role-change = Cambiar rol
page-admin-role-what = Se aplica cuando se renueve la sesión del usuario, en un máximo de { $time }.
page-admin-role-done = Se cambió el rol. Se aplica cuando se renueve la sesión del usuario, en un máximo de { $time }.
page-admin-role-wrong = Un rol tiene de 1 a 32 caracteres: a a z, 0 a 9, _ y -.
page-admin-disable = Desactivar usuario
page-admin-disable-title = ¿Desactivar a { $email }?
page-admin-disable-what = Se cerrarán todas sus sesiones y no podrá iniciar sesión hasta que se active de nuevo.
page-admin-disabled-done = Se desactivó el usuario y se cerraron todas sus sesiones.
page-admin-enable = Activar usuario
page-admin-enabled-done = El usuario puede volver a iniciar sesión. Las sesiones anteriores siguen cerradas.
page-admin-log-out-title = ¿Cerrar todas las sesiones de { $email }?
page-admin-log-out-what = Terminan todas las sesiones. El usuario puede iniciar sesión de nuevo enseguida.
page-admin-log-out-done = Se cerraron todas las sesiones del usuario.
page-admin-reset-factors = Restablecer verificación
page-admin-reset-factors-title = ¿Restablecer la verificación de { $email }?
page-admin-reset-factors-what = Asegúrese primero de que la solicitud viene de esa persona. Se quitan sus llaves de acceso, aplicación de autenticación y códigos de recuperación, terminan sus sesiones y se le avisa por correo.
page-admin-reset-factors-done = Se restableció la verificación en dos pasos. El usuario recibirá un correo.
page-admin-delete = Eliminar usuario
page-admin-delete-title = ¿Eliminar a { $email }?
page-admin-delete-what = Se elimina el usuario y todo lo que contiene. No se puede deshacer.
page-admin-deleted-done = Se eliminó el usuario.
page-admin-own = No puede desactivarse, degradarse ni eliminarse a sí mismo. Pídalo a otra persona que administre.
page-admin-keys-what = Solo lectura. El servicio nunca escribe claves: use “signet keys” en la línea de comandos.
page-admin-key-id = ID de la clave
page-admin-key-kind = Tipo
page-admin-key-state = Fase
page-admin-key-waiting = Publicada, firmará después
page-admin-key-signing = Firma
page-admin-key-retiring = Solo verifica
page-admin-key-from = Firma desde
page-admin-key-until = Firma hasta
page-admin-key-verifies = Verifica hasta
page-admin-events-what = Los últimos { $count } eventos de seguridad de este servidor desde su inicio. Sus registros los contienen todos.
page-admin-events-none = No hay eventos desde el inicio de este servidor.
page-admin-event-time = Hora
page-admin-event-what = Evento
page-admin-event-app = Aplicación
page-admin-event-network = Red
page-admin-event-by = Por
page-admin-event-done = Hecho
page-admin-event-refused = Rechazado
page-admin-event-reason = Motivo
page-admin-act-sign-up = Cuenta creada
page-admin-act-link = Enlace de un correo
page-admin-act-login = Inicio de sesión
page-admin-act-refresh = Sesión renovada
page-admin-act-access = Acceso a una cuenta
page-admin-act-limit = Límite alcanzado
page-admin-act-logout = Cierre de sesión
page-admin-act-logout-everywhere = Cierre de todas las sesiones
page-admin-act-logout-everybody = Cierre de sesión de todos
page-admin-act-record-change = Perfil cambiado
page-admin-act-password-change = Contraseña cambiada
page-admin-act-password-reset = Contraseña restablecida
page-admin-act-address-change = Correo cambiado
page-admin-act-account-link = Proveedor vinculado
page-admin-act-account-unlink = Proveedor desvinculado
page-admin-act-user-create = Usuario creado
page-admin-act-user-disable = Usuario desactivado
page-admin-act-user-enable = Usuario activado
page-admin-act-user-delete = Usuario eliminado
page-admin-act-users-import = Usuarios importados
page-admin-act-users-export = Usuarios exportados
page-admin-act-role-change = Rol cambiado
page-admin-act-rehash = Hash de contraseña renovado
page-admin-act-keys-generate = Claves generadas
page-admin-act-keys-rotate = Claves rotadas
page-admin-act-keys-prune = Claves antiguas quitadas
page-admin-act-keys-change = Carpeta de claves cambiada
page-admin-act-client-authentication = Aplicación no autenticada
page-admin-act-client-credentials = Tokens para una aplicación
page-admin-act-token-exchange = Token intercambiado
page-admin-act-proof = Prueba de una clave
page-admin-act-user-invite = Usuario invitado
page-admin-act-password-link = Enlace de contraseña enviado
page-admin-act-factor-add = Método de verificación agregado
page-admin-act-factor-remove = Método de verificación quitado
page-admin-act-recovery-codes-create = Códigos de recuperación creados
page-admin-act-recovery-code-use = Código de recuperación usado
page-admin-act-factors-reset = Verificación restablecida
page-admin-act-keys-reseal = Secretos sellados de nuevo
page-admin-act-passkey-cloned = Posible copia de una llave de acceso
page-admin-log-out = Cerrar todas las sesiones
page-admin-nav = Administración
page-admin-factors = Verificación en dos pasos
page-admin-factor-passkey = Llave de acceso
page-admin-factor-totp = Aplicación de autenticación
page-admin-factor-recovery = Códigos de recuperación
page-admin-key-retired = Retirada
page-admin-providers = Proveedores
page-admin-apps = Aplicaciones
page-admin-none = Ninguno
page-admin-request = ID de la solicitud
page-admin-session = ID de la sesión
page-account-connect = Vincular { $provider }
page-account-connected-done = { $provider } quedó vinculado. Ya puede usarlo para iniciar sesión.
page-account-connected-taken = Esta cuenta ya está vinculada con otra cuenta en { $host }.
page-account-other-user = Esto se inició para otra cuenta, así que no cambió nada. Revise su cuenta e inténtelo de nuevo.
