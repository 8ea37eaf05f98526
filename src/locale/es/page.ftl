# Lo que dicen las páginas. `$host` es el lugar de este servicio y puede usarse en cada frase.

## Lo que comparten varias páginas

page-back = Volver a la aplicación
page-cancel = Cancelar
page-continue = Continuar
page-continue-with = Continuar con { $provider }
page-email = Correo electrónico
page-send-link = Enviar el enlace
page-another-link = Pedir un enlace nuevo
page-back-to-login = Volver al inicio de sesión
page-login = Iniciar sesión
page-name = Nombre
page-optional = (opcional)
page-password = Contraseña
page-password-new = Nueva contraseña
page-show = Mostrar
page-show-password = Mostrar la contraseña

page-password-missing = Escriba una contraseña.
page-password-too-long = Elija una contraseña más corta.
page-password-too-short = Elija una contraseña más larga: debe tener al menos { $count } caracteres.
page-password-common = Elija otra contraseña: esta es una de las primeras que cualquiera probaría.
page-password-contains-email = Esta contraseña contiene su correo. Elija otra.
page-password-contains-service = Esta contraseña contiene el nombre de este servicio. Elija otra.
page-password-guessable = Esta contraseña es demasiado fácil de adivinar. Use varias palabras que no tengan relación entre sí.
page-name-empty = Escriba un nombre o deje el campo vacío.
page-name-too-long = Escriba un nombre más corto, de 200 caracteres como máximo.
page-name-forbidden = Escriba un nombre en una sola línea y sin caracteres de control.

page-email-form = Escriba una dirección con la forma nombre@example.com.
page-email-too-long = Revise la dirección: puede tener 254 caracteres como máximo, y 64 antes de la @.
page-email-local-part = Revise lo que va antes de la @: solo puede haber letras sin tilde, cifras y !#$%&'*+-/=?^_`{"{"}|{"}"}~.
page-email-domain = Revise lo que va después de la @: debe ser un nombre como example.com.

page-token-missing = Esta página necesita el enlace de su buzón. Ábralo desde allí una vez más.
page-token-no-script = El enlace solo puede leerse con JavaScript, que está desactivado en este navegador. Actívelo para { $host } y vuelva a abrir el enlace desde su buzón.
page-only-if-asked = Hágalo solo si acaba de solicitarlo usted.
page-not-asked = Si no ha sido usted, cierre esta página. No ha cambiado nada, ni va a cambiar.

## Las formas de iniciar sesión

page-front = Para iniciar sesión en { $host }, abra la aplicación que quiere usar: ella le trae aquí.
page-login-title = Iniciar sesión
page-login-client = Va a iniciar sesión en { $client }.
page-login-forgot = ¿Ha olvidado su contraseña?
page-login-link = Recibir un enlace por correo
page-login-link-instead = Prefiero un enlace por correo
page-login-link-opened = Pulse el botón y habrá iniciado sesión en { $host }.
page-login-or = o
page-login-sign-up = Crear una cuenta
page-login-wrong = Esta dirección y esta contraseña no se corresponden. Inténtelo de nuevo.
page-login-none = Aquí todavía no se ha configurado ninguna forma de iniciar sesión.
page-login-none-help = Quien administra { $host } puede cambiarlo.

page-ask-first-title = Iniciar sesión
page-ask-first = Está a punto de iniciar sesión en { $client }.
page-ask-first-if-begun = Continúe solo si ha empezado usted.

page-repost-title = Un momento
page-repost = Estamos iniciando su sesión. Si no ocurre nada, pulse el botón.

## Un inicio de sesión con un proveedor que no responde por ninguna dirección

page-address-title = ¿Cuál es su correo electrónico?
page-address-why = { $provider } no nos ha dado una dirección en la que podamos confiar. Enviaremos un enlace a la que escriba aquí; al abrirlo se completará el inicio de sesión.
page-address-or-not = Si no quería iniciar sesión con { $provider }, cierre esta página sin más.

page-mailed-title = Mire su buzón
page-mailed = Si la dirección es correcta, un mensaje va de camino.
page-mailed-for-here = Abra el enlace que contiene en este navegador para continuar.
page-mailed-for-anywhere = Abra el enlace que contiene para continuar.
page-mailed-nothing = ¿No ha llegado nada al cabo de unos minutos? Mire en la carpeta de correo no deseado, o vuelva atrás y revise la dirección.
page-mailed-back = Volver

## Contraseñas olvidadas y cuentas nuevas

page-forgot-title = ¿Ha olvidado su contraseña?
page-forgot = Escriba su dirección. Le enviaremos un enlace con el que podrá elegir una contraseña nueva.

page-sign-up-title = Crear una cuenta
page-sign-up = Escriba su dirección. Le enviaremos un enlace con el que podrá elegir una contraseña.
page-sign-up-or-log-in = Ya tengo una cuenta

## Adónde llevan los enlaces de los correos

page-choose-password-title = Elija una contraseña
page-choose-password = Con ella se confirma su dirección y se crea su cuenta.
page-choose-password-do = Crear la cuenta
page-new-password-title = Elija una contraseña nueva
page-new-password = Con ella iniciará sesión a partir de ese momento. Se cerrará su sesión dondequiera que la tenga abierta.
page-new-password-do = Guardar la contraseña
page-password-hint = Al menos { $count } caracteres. Unas cuantas palabras seguidas son fáciles de recordar y difíciles de adivinar.

page-confirm-address-title = Confirme su nueva dirección
page-confirm-address = Pulse el botón y esta dirección será la de su cuenta en { $host }. Se cerrará su sesión en todas partes. El correo nombra la dirección que se sustituye: continúe solo si también es suya.
page-confirm-address-do = Confirmar la dirección

page-signed-up-title = Su cuenta está lista
page-signed-up = A partir de ahora puede iniciar sesión en { $host }.
page-password-reset-title = Su nueva contraseña está guardada
page-password-reset = Su sesión se ha cerrado en todas partes. A partir de ahora, inicie sesión con la nueva contraseña.
page-address-changed-title = Su nueva dirección está confirmada
page-address-changed = Su sesión se ha cerrado en todas partes. A partir de ahora, inicie sesión con la nueva dirección.

page-finish-title = Iniciar sesión con { $provider }
page-finish = Pulse el botón y habrá iniciado sesión. A partir de ahora podrá entrar en { $host } con { $provider }.
page-finish-do = Usar { $provider } a partir de ahora

page-link-title = Ya tiene una cuenta
page-link-why = En { $host } hay una cuenta con esta dirección, y todavía no conoce { $provider }.
page-link-how = Inicie sesión como de costumbre y añada { $provider } en sus ajustes. Después también podrá entrar así.

## Lo que no sigue adelante

page-app-title = No se ha podido iniciar la sesión
page-app = La aplicación que le ha enviado aquí ha pedido algo que { $host } no puede hacer. Vuelva a ella e inténtelo de nuevo. Si eso no ayuda, dígaselo a quienes la hacen:

page-over-title = Empiece de nuevo, por favor
page-over = Un inicio de sesión solo puede completarse una vez y durante poco tiempo. Este ha terminado: quizá ya se completó, o ha tardado demasiado.
page-over-again = Vuelva al lugar de donde vino e inicie sesión una vez más.

page-other-browser-title = Este inicio de sesión empezó en otro lugar
page-other-browser = Por su seguridad, un inicio de sesión solo puede completarse en el navegador en el que empezó. Ábralo allí, o vuelva al lugar de donde vino y empiece de nuevo.
page-other-browser-cookies = Si fue en este mismo navegador, es posible que esté rechazando las cookies.

page-link-over-title = Este enlace ya no sirve
page-link-over = Un enlace de un correo solo puede usarse una vez y durante poco tiempo. Este ya se usó, dejó de valer por algo que usted hizo después o es demasiado antiguo.
page-link-over-again = Si todavía lo necesita, pida uno nuevo.

page-opened-elsewhere-title = Este enlace no es para este lugar
page-opened-elsewhere = Por su seguridad, solo funciona en la aplicación o en el navegador desde donde lo pidió. Ábralo allí.
page-opened-elsewhere-or = O pida uno nuevo aquí.

page-foreign-form-title = Esto no venía de nuestra página
page-foreign-form = Por su seguridad, solo aceptamos datos de nuestras propias páginas. Vuelva al lugar de donde vino y empiece de nuevo.

page-no-such-provider-title = Esta forma de iniciar sesión no existe
page-no-such-provider = Esta forma de iniciar sesión no existe en { $host }. Vuelva al lugar de donde vino y elija otra.

page-too-often-title = Un poco de paciencia, por favor
page-too-often = Esto se ha intentado muchas veces en poco tiempo, así que vamos más despacio para proteger las cuentas.

page-away-title = { $provider } no responde
page-away = { $provider } no nos responde en este momento, por lo que no puede iniciar sesión de esa manera. Las demás formas de iniciar sesión no se ven afectadas.
page-other-service = El otro servicio

page-busy-title = Ahora mismo no es posible
page-busy = En este momento no podemos hacerlo. El problema es nuestro, no suyo.

page-broken-title = Algo ha fallado aquí
page-broken = El fallo es nuestro y ha quedado registrado. Usted no ha hecho nada mal.

page-again-soon = Inténtelo de nuevo dentro de un momento.
page-again-in = Inténtelo de nuevo dentro de { $wait }.
page-again-in-about = Inténtelo de nuevo dentro de aproximadamente { $wait }.

page-ask-for-help = Si pide ayuda, mencione:
