# 页面上的文字。`$host` 是本服务所在的主机名，每个句子都可以使用。

## 多个页面共用

page-back = 返回应用
page-cancel = 取消
page-continue = 继续
page-continue-with = 使用 { $provider } 继续
page-email = 电子邮箱
page-send-link = 发送链接
page-another-link = 获取新链接
page-back-to-login = 返回登录
page-login = 登录
page-name = 姓名
page-optional = （选填）
page-password = 密码
page-password-new = 新密码
page-show = 显示
page-show-password = 显示密码

page-password-missing = 请输入密码。
page-password-too-long = 请选择短一些的密码。
page-password-too-short = 请选择长一些的密码：至少需要 { $count } 个字符。
page-password-common = 请换一个密码：这是最容易被猜到的密码之一。
page-password-contains-email = 此密码包含您的邮箱，请换一个。
page-password-contains-service = 此密码包含本服务的名称，请换一个。
page-password-guessable = 此密码太容易被猜到，请使用几个互不相关的词。
page-name-empty = 请输入姓名，或将此栏留空。
page-name-too-long = 请输入短一些的姓名，最多 200 个字符。
page-name-forbidden = 姓名请写在一行内，且不含控制字符。

page-email-form = 请输入形如 name@example.com 的邮箱地址。
page-email-too-long = 请检查邮箱地址：总长不能超过 254 个字符，@ 之前不能超过 64 个字符。
page-email-local-part = 请检查 @ 之前的部分：只能包含英文字母、数字和 !#$%&'*+-/=?^_`{"{"}|{"}"}~.
page-email-domain = 请检查 @ 之后的部分：应为 example.com 这样的域名。

page-token-missing = 此页面需要您邮件中的链接。请回到邮件中再次打开该链接。
page-token-no-script = 读取链接需要 JavaScript，而此浏览器已将其关闭。请为 { $host } 启用 JavaScript，然后再次打开邮件中的链接。
page-only-if-asked = 请仅在您本人刚刚提出请求时才这样做。
page-not-asked = 如果这不是您的请求，请关闭此页面。一切都没有改变，也不会改变。

## 登录方式

page-front = 要登录 { $host }，请打开您想使用的应用，它会带您来到这里。
page-login-title = 登录
page-login-client = 您正在登录 { $client }。
page-login-forgot = 忘记密码
page-login-link = 通过邮件获取登录链接
page-login-link-instead = 改用邮件链接登录
page-login-link-opened = 点击一下即可登录 { $host }。
page-login-or = 或
page-login-sign-up = 创建账户
page-login-wrong = 邮箱与密码不匹配，请重试。
page-login-none = 这里尚未设置任何登录方式。
page-login-none-help = { $host } 的管理员可以进行设置。

page-ask-first-title = 登录
page-ask-first = 您即将登录 { $client }。
page-ask-first-if-begun = 请仅在您本人发起此操作时继续。

page-repost-title = 请稍候
page-repost = 正在为您登录。如果没有反应，请点击按钮。

## 登录服务未提供可信邮箱时

page-address-title = 您的邮箱地址是什么？
page-address-why = { $provider } 没有向我们提供可以信赖的邮箱地址。我们会向您在此输入的地址发送一个链接，打开它即可完成登录。
page-address-or-not = 如果您并不想使用 { $provider } 登录，直接关闭此页面即可。

page-mailed-title = 请查看您的邮箱
page-mailed = 如果地址正确，您很快就会收到一封邮件。
page-mailed-for-here = 请在此浏览器中打开邮件中的链接以继续。
page-mailed-for-anywhere = 请打开邮件中的链接以继续。
page-mailed-nothing = 几分钟后仍未收到？请查看垃圾邮件文件夹，或返回检查地址。
page-mailed-back = 返回

## 忘记密码与创建账户

page-forgot-title = 忘记密码？
page-forgot = 请输入您的邮箱。我们会向您发送一个链接，您可以通过它设置新密码。

page-sign-up-title = 创建账户
page-sign-up = 请输入您的邮箱。我们会向您发送一个链接，您可以通过它设置密码。
page-sign-up-or-log-in = 我已有账户

## 邮件链接指向的页面

page-choose-password-title = 设置密码
page-choose-password = 设置后，您的邮箱即得到确认，账户也随之创建。
page-choose-password-do = 创建账户
page-new-password-title = 设置新密码
page-new-password = 此后您将用它登录。您目前在各处的登录都会退出。
page-new-password-do = 保存密码
page-password-hint = 至少 { $count } 个字符。几个词连在一起，既好记又难猜。

page-confirm-address-title = 确认新邮箱
page-confirm-address = 点击一下，此邮箱即成为您在 { $host } 的账户邮箱。您在各处的登录都会退出。邮件中写明了将被替换的邮箱：仅当它也属于您时才继续。
page-confirm-address-do = 确认邮箱

page-signed-up-title = 您的账户已就绪
page-signed-up = 现在您可以登录 { $host } 了。
page-password-reset-title = 新密码已生效
page-password-reset = 您在各处的登录均已退出。今后请使用新密码登录。
page-address-changed-title = 新邮箱已确认
page-address-changed = 您在各处的登录均已退出。今后请使用新邮箱登录。

page-finish-title = 使用 { $provider } 登录
page-finish = 点击一下即可登录。以后您可以使用 { $provider } 登录 { $host }。
page-finish-do = 以后使用 { $provider } 登录

page-link-title = 您已有账户
page-link-why = { $host } 上已有使用此邮箱的账户，但尚未关联 { $provider }。
page-link-how = 请按平时的方式登录，然后在设置中添加 { $provider }。之后您也可以用它登录。

## 无法继续时

page-app-title = 无法开始登录
page-app = 您所使用的应用提出了 { $host } 无法完成的请求。请返回该应用再试一次。如果仍然不行，请将以下内容告知其开发者：

page-over-title = 请重新开始
page-over = 每次登录只能在短时间内完成一次。这次登录已经结束：可能已经完成，也可能用时过长。
page-over-again = 请返回您之前的页面，再次登录。

page-other-browser-title = 这次登录是在别处开始的
page-other-browser = 为了您的安全，登录只能在开始时所用的浏览器中完成。请在那里打开，或返回您之前的页面重新开始。
page-other-browser-cookies = 如果就是这个浏览器，它可能被设置为拒绝 Cookie。

page-link-over-title = 此链接已失效
page-link-over = 邮件中的链接只能在短时间内使用一次。此链接已被使用、因您之后的其他操作而失效，或已过期。
page-link-over-again = 如果仍然需要，请获取新的链接。

page-opened-elsewhere-title = 请在别处打开此链接
page-opened-elsewhere = 为了您的安全，此链接只能在您请求它的应用或浏览器中使用。请在那里打开。
page-opened-elsewhere-or = 您也可以在这里获取新的链接。

page-foreign-form-title = 这不是从我们的页面提交的
page-foreign-form = 为了您的安全，我们只接受从自己的页面提交的内容。请返回您之前的页面重新开始。

page-no-such-provider-title = 没有这种登录方式
page-no-such-provider = { $host } 没有这种登录方式。请返回您之前的页面，选择其他方式。

page-too-often-title = 请稍等片刻
page-too-often = 短时间内的尝试次数过多。为了保护账户安全，我们放慢了处理速度。

page-away-title = 无法连接 { $provider }
page-away = { $provider } 目前没有响应，因此您暂时无法用这种方式登录。其他登录方式不受影响。
page-other-service = 对方服务

page-busy-title = 暂时无法处理
page-busy = 我们目前无法处理此请求。问题在我们这边，与您无关。

page-broken-title = 出了点问题
page-broken = 这是我们的错误，已经记录下来。您的操作没有问题。

page-again-soon = 请稍后再试。
page-again-in = 请在 { $wait }后再试。
page-again-in-about = 请在大约 { $wait }后再试。

page-ask-for-help = 寻求帮助时，请提供：
