# Lo que dicen las páginas. `$host` es el lugar de este servicio y puede usarse en cada frase.

## Lo que comparten varias páginas

page-back = Volver a la aplicación
page-cancel = Cancelar
page-continue = Continuar
page-continue-with = Continuar con { $provider }
page-email = Correo electrónico
page-send-link = Enviar el enlace

page-email-form = Escriba una dirección con la forma nombre@example.com.
page-email-too-long = Revise la dirección: puede tener 254 caracteres como máximo, y 64 antes de la @.
page-email-local-part = Revise lo que va antes de la @: solo puede haber letras sin tilde, cifras y !#$%&'*+-/=?^_`{"{"}|{"}"}~.
page-email-domain = Revise lo que va después de la @: debe ser un nombre como example.com.

page-token-missing = Esta página necesita el enlace de su buzón. Ábralo desde allí una vez más.
page-token-no-script = El enlace solo puede leerse con JavaScript, que está desactivado en este navegador. Actívelo para { $host } y vuelva a abrir el enlace desde su buzón.
page-only-if-asked = Hágalo solo si acaba de solicitarlo usted.
page-not-asked = Si no ha sido usted, cierre esta página. No ha cambiado nada, ni va a cambiar.

## Las formas de iniciar sesión

page-chooser-title = Iniciar sesión
page-chooser-client = Elija cómo quiere iniciar sesión en { $client }.
page-chooser-ways = Elija cómo quiere iniciar sesión.
page-chooser-none = Aquí todavía no se ha configurado ninguna forma de iniciar sesión.
page-chooser-none-help = Quien administra { $host } puede cambiarlo.

page-repost-title = Un momento
page-repost = Estamos iniciando su sesión. Si no ocurre nada, pulse el botón.

## Un inicio de sesión con un proveedor que no responde por ninguna dirección

page-address-title = ¿Cuál es su correo electrónico?
page-address-why = { $provider } no nos ha dado una dirección en la que podamos confiar. Enviaremos un enlace a la que escriba aquí; al abrirlo se completará el inicio de sesión.
page-address-or-not = Si no quería iniciar sesión con { $provider }, cierre esta página sin más.

page-sent-title = Mire su buzón
page-sent = Si la dirección es correcta, un mensaje va de camino. Abra el enlace que contiene en este navegador para seguir con { $provider }.
page-sent-nothing = ¿No ha llegado nada al cabo de unos minutos? Mire en la carpeta de correo no deseado, o vuelva al lugar de donde vino y empiece de nuevo.

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
