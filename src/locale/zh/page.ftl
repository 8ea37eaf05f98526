# 页面上的文字。`$host` 是本服务所在的主机名，每个句子都可以使用。

## 多个页面共用

page-back = 返回应用
page-cancel = 取消
page-continue = 继续
page-continue-with = 使用 { $provider } 继续
page-email = 电子邮箱
page-send-link = 发送链接

page-email-form = 请输入形如 name@example.com 的邮箱地址。
page-email-too-long = 请检查邮箱地址：总长不能超过 254 个字符，@ 之前不能超过 64 个字符。
page-email-local-part = 请检查 @ 之前的部分：只能包含英文字母、数字和 !#$%&'*+-/=?^_`{"{"}|{"}"}~.
page-email-domain = 请检查 @ 之后的部分：应为 example.com 这样的域名。

page-token-missing = 此页面需要您邮件中的链接。请回到邮件中再次打开该链接。
page-token-no-script = 读取链接需要 JavaScript，而此浏览器已将其关闭。请为 { $host } 启用 JavaScript，然后再次打开邮件中的链接。
page-only-if-asked = 请仅在您本人刚刚提出请求时才这样做。
page-not-asked = 如果这不是您的请求，请关闭此页面。一切都没有改变，也不会改变。

## 登录方式

page-chooser-title = 登录
page-chooser-client = 请选择登录 { $client } 的方式。
page-chooser-ways = 请选择登录方式。
page-chooser-none = 这里尚未设置任何登录方式。
page-chooser-none-help = { $host } 的管理员可以进行设置。

page-repost-title = 请稍候
page-repost = 正在为您登录。如果没有反应，请点击按钮。

## 登录服务未提供可信邮箱时

page-address-title = 您的邮箱地址是什么？
page-address-why = { $provider } 没有向我们提供可以信赖的邮箱地址。我们会向您在此输入的地址发送一个链接，打开它即可完成登录。
page-address-or-not = 如果您并不想使用 { $provider } 登录，直接关闭此页面即可。

page-sent-title = 请查看您的邮箱
page-sent = 如果地址正确，您很快就会收到一封邮件。请在此浏览器中打开其中的链接，以使用 { $provider } 继续。
page-sent-nothing = 几分钟后仍未收到？请查看垃圾邮件文件夹，或返回您之前的页面重新开始。

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
