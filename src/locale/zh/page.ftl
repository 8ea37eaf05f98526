# 页面文字。`$host` 是本服务的主机名，每段文字都可以使用。

## 多个页面共用

page-back = 返回应用
page-cancel = 取消
page-continue = 继续
page-continue-with = 使用 { $provider } 继续
page-continue-to = 继续前往 { $client }
page-email = 邮箱
page-send-link = 发送链接
page-another-link = 获取新链接
page-try-again = 重试
page-back-to-login = 返回登录
page-login = 登录
page-name = 姓名
page-optional = （选填）
page-password = 密码
page-password-new = 新密码
page-show = 显示
page-show-password = 显示密码
page-footer-privacy = 隐私政策
page-footer-terms = 服务条款

page-password-missing = 请输入密码。
page-password-too-long = 密码过长，请换一个短一些的。
page-password-too-short = 密码至少需要 { $count } 个字符。
page-password-common = 此密码太容易被猜到，请换一个。
page-password-contains-email = 此密码包含您的邮箱，请换一个。
page-password-contains-service = 此密码包含本服务的名称，请换一个。
page-password-guessable = 此密码太容易被猜到，请使用几个互不相关的词。
page-name-empty = 请输入姓名，或将此栏留空。
page-name-too-long = 姓名最多 200 个字符。
page-name-forbidden = 姓名不能包含控制字符、换行符或改变文字方向的符号。

page-email-form = 请输入邮箱地址，例如 name@example.com。
page-email-too-long = 邮箱地址过长：最多 254 个字符，其中 @ 之前最多 64 个。
page-email-local-part = 请检查 @ 之前的部分：只能使用英文字母、数字和 !#$%&'*+-/=?^_`{"{"}|{"}"}~.
page-email-domain = 请检查 @ 之后的部分，应为 example.com 这样的域名。

page-token-missing = 此页面只能通过邮件中的链接打开。请重新打开该链接。
page-token-no-script = 此浏览器已停用 JavaScript，而此页面需要用它读取链接。请为 { $host } 启用 JavaScript，然后重新打开邮件中的链接。

page-only-if-asked = 请仅在您本人刚刚提出请求时继续。
page-not-asked = 不是您本人的请求？关闭此页面即可。没有任何更改，也不会有更改。

## 登录

page-front = 要登录 { $host }，请打开您想使用的应用，它会带您回到这里。
page-home = 使用您的 { $host } 账号登录各个应用。
page-account-title = 您的账号
page-login-title = 登录
page-login-client = 您正在登录 { $client }。
page-recent = 为保护您的账号，此更改需要您最近登录过。
page-login-forgot = 忘记密码？
page-login-link = 通过邮件链接登录
page-login-link-instead = 改用邮件链接登录
page-login-link-opened = 您即将登录 { $host }。
page-login-or = 或
page-login-sign-up = 注册账号
page-login-wrong = 邮箱或密码不正确，请重试。
page-login-none = 此处尚未设置登录方式。
page-login-none-help = { $host } 的管理员可以进行设置。

page-ask-first-title = 确认登录
page-ask-first = 您即将登录 { $client }。
page-ask-first-if-begun = 请仅在您本人发起此操作时继续。

page-choose-title = 继续前往 { $client }
page-choose-as = 以 { $name } 的身份继续
page-choose-other = 使用其他账号

page-repost-title = 请稍候
page-repost = 正在登录。如果没有反应，请点击“继续”。
page-repost-log-out = 正在退出登录。如果没有反应，请点击“继续”。

page-logged-in-title = 您已登录
page-logged-in = 使用 { $host } 的应用现在无需密码即可为您登录。如果是共用设备，使用完毕后请退出登录。
page-account-logged-in-as = 当前登录：{ $email }

page-log-out-title = 退出登录？
page-log-out-what = 您会在此浏览器中退出 { $host }。各应用可能会保持登录，直到您在应用中退出。
page-log-out-asked = { $client } 请求让您退出登录。
page-log-out-stay = 保持登录
page-log-out = 退出登录

page-logged-out-title = 您已退出登录
page-logged-out = 您已在此浏览器中退出 { $host }。如果是共用设备，请一并关闭浏览器。
page-logged-out-again = 重新登录
page-logged-out-everywhere-title = 您已在所有设备上退出登录
page-logged-out-everywhere = 您账号的所有登录均已结束。各应用最多需要 { $time }才会生效。
page-not-logged-in-title = 您未登录
page-not-logged-in = 您未在此浏览器中登录 { $host }。

page-account-everywhere = 在所有设备上退出登录
page-account-everywhere-what = 结束您账号的所有登录，包括当前登录。各应用最多需要 { $time }才会生效。
page-log-out-everywhere-title = 在所有设备上退出登录？
page-log-out-everywhere-logged-out = 您未在此浏览器中登录 { $host }。要在所有设备上退出登录，请重设密码。
page-log-out-everywhere-reset = 如果他人可能知道您的密码或能查看您的邮件，请同时重设密码。
page-log-out-everywhere-reset-do = 重设密码

## 登录服务未提供经过验证的邮箱

page-address-title = 请填写您的邮箱
page-address-why = { $provider } 没有提供经过验证的邮箱。请输入您的邮箱，我们会发送一个链接，打开即可完成登录。
page-address-or-not = 不想使用 { $provider } 登录？关闭此页面即可。

page-mailed-title = 请查收邮件
page-mailed = 我们正在向 { $email } 发送邮件。
page-mailed-for-here = 请在此浏览器中打开邮件里的链接以继续。
page-mailed-for-anywhere = 请打开邮件里的链接以继续。
page-mailed-nothing = 几分钟后仍未收到？请查看垃圾邮件文件夹，或返回检查邮箱地址。如果已多次请求，请稍后再试。
page-mailed-back = 返回
page-code = 验证码
page-code-mailed = 在其他设备上查看邮件？请在此输入邮件中的验证码。
page-code-wrong = 验证码不正确，请核对后重试。
page-code-over = 此验证码已失效。请使用邮件中的链接，或返回重新获取邮件。
page-code-too-many = 尝试的验证码过多。请使用邮件中的链接，或返回重新获取邮件。

## 忘记密码与注册账号

page-forgot-title = 忘记密码？
page-forgot = 请输入您的邮箱，我们会发送一个链接，用于设置新密码。

page-sign-up-title = 注册账号
page-sign-up = 请输入您的邮箱，我们会发送一个链接，用于设置密码。
page-sign-up-terms = 注册账号即表示您同意 { $host } 的服务条款和隐私政策。
page-sign-up-client = 您正在注册账号，以便使用 { $client }。
page-sign-up-or-log-in = 已有账号？登录

## 邮件链接打开的页面

page-choose-password-title = 设置密码
page-choose-password = 设置密码即可验证邮箱并创建账号。
page-choose-password-do = 创建账号
page-new-password-title = 设置新密码
page-new-password = 保存后会在所有设备上退出登录，请再用新密码登录。
page-new-password-do = 保存密码
page-password-hint = 至少 { $count } 个字符。把几个词连在一起，好记又难猜。

page-confirm-address-title = 确认新邮箱
page-confirm-address = 将此邮箱用于您在 { $host } 的账号？确认后会在所有设备上退出登录。邮件中写明了将被替换的邮箱，请仅在它也属于您时继续。
page-confirm-address-do = 确认邮箱

page-signed-up-title = 账号已创建
page-signed-up = 现在可以登录 { $host } 了。
page-password-reset-title = 新密码已保存
page-password-reset = 您已在所有设备上退出登录。请使用新密码登录。
page-address-changed-title = 邮箱已更换
page-address-changed = 您已在所有设备上退出登录。请使用新邮箱登录。

page-finish-title = 使用 { $provider } 登录
page-finish = 继续即可登录。以后您可以使用 { $provider } 登录 { $host }。
page-finish-do = 使用 { $provider } 登录

page-link-title = 您已有账号
page-link-why = { $host } 上已有使用此邮箱的账号，但尚未关联 { $provider }。
page-link-how = 请用平时的方式登录，然后在账号设置中关联 { $provider }。之后也可以用它登录。

## 错误页面

page-app-title = 无法登录
page-app = 您使用的应用发出了 { $host } 无法处理的请求。请返回应用重试。如果仍然不行，请将以下信息发送给应用的开发者：

page-over-title = 此次登录已失效
page-over = 每次登录只能完成一次，并且有时间限制。此次登录可能已经完成，或用时过长。
page-over-again = 请返回应用，重新登录。

page-canceled-title = 登录已取消
page-canceled = 登录未完成。要打开应用，请重新登录。

page-duplicate-cookie-title = 请删除此网站的 Cookie
page-duplicate-cookie = 此浏览器发送了两个同名的登录 Cookie。请删除 { $host } 及其域名的 Cookie，然后重新登录。

page-other-browser-title = 请回到最初的浏览器继续
page-other-browser = 为保护您的账号，登录只能在最初使用的浏览器中完成。请在该浏览器中继续，或返回应用重新开始。
page-other-browser-cookies = 如果就是这个浏览器，可能是 Cookie 被阻止了。

page-link-over-title = 此链接已失效
page-link-over = 邮件中的链接只能在短时间内使用一次。此链接已被使用、已过期，或因您之后的操作而失效。
page-link-over-again = 仍然需要？请获取新链接。

page-opened-elsewhere-title = 请在获取链接的地方打开它
page-opened-elsewhere = 为保护您的账号，此链接只能在您获取它时所用的应用或浏览器中打开。如果邮件中有验证码，也可以在原来的页面输入。
page-opened-elsewhere-or = 您也可以在此获取新链接。

page-foreign-form-title = 无法接受此次提交
page-foreign-form = 为保护您的账号，我们只接受从自己的页面提交的内容。请返回应用，重新开始。

page-no-such-provider-title = 此登录方式不可用
page-no-such-provider = { $host } 不支持此登录方式。请返回应用，选择其他方式。

page-not-found-title = 找不到此页面
page-not-found = 此地址没有内容。请检查链接，或前往登录页面。

page-forbidden-title = 没有访问权限
page-forbidden = 只有 { $host } 的管理员可以打开此页面。
page-not-admitted = 您的账号无权打开此应用。请联系该应用的管理员申请访问权限。
page-not-admitted-other = 要使用其他账号，请先退出登录。

page-too-often-title = 尝试次数过多
page-too-often = 短时间内尝试次数过多。为保护账号安全，我们限制了次数。

page-away-title = { $provider } 没有响应
page-away = { $provider } 目前没有响应，暂时无法用这种方式登录。其他登录方式不受影响。
page-other-service = 对方服务

page-no-mail-title = 此处不可用
page-no-mail = { $host } 尚无法发送电子邮件，因此无法使用此功能。{ $host } 的管理员可以进行设置。

page-busy-title = 暂时无法使用
page-busy = 目前无法处理您的请求。问题在我们这边。

page-broken-title = 出了点问题
page-broken = 问题在我们这边，已经记录下来。您的操作没有问题。

page-again-soon = 请稍后重试。
page-again-in = 请在 { $wait }后重试。
page-again-in-about = 请在大约 { $wait }后重试。

page-ask-for-help = 寻求帮助时，请提供：

page-factor-title = 两步验证
page-factor-totp = 请输入身份验证器应用中的 6 位验证码。
page-factor-totp-label = 6 位验证码
page-factor-recovery = 请输入一个恢复代码。每个代码只能使用一次。
page-factor-recovery-label = 恢复代码
page-factor-use-totp = 使用身份验证器应用
page-factor-use-recovery = 使用恢复代码
page-factor-wrong = 验证码不正确，请输入应用当前显示的验证码。
page-factor-used = 此验证码已使用过，请等待下一个。
page-factor-recovery-wrong = 恢复代码不正确或已使用过。
page-factor-lost = 以上方式都无法使用？{ $host } 的管理员可以重置两步验证。

page-passkey-login = 使用通行密钥登录
page-passkey-waiting = 请按照设备上的提示操作。
page-passkey-canceled = 未使用通行密钥。请重试，或使用其他方式登录。
page-passkey-failed = 此通行密钥无法使用。请换一个，或使用其他方式登录。
page-passkey-unsupported = 此浏览器不支持通行密钥。
page-passkey-no-script = 通行密钥需要 JavaScript。请为 { $host } 启用，或使用其他方式登录。
page-passkey-offer-title = 下次更快登录
page-passkey-offer = 有了通行密钥，用指纹、面容或锁屏密码即可登录，无需输入密码。
page-passkey-create = 创建通行密钥
page-passkey-exists = 此设备已有您账号的通行密钥。
page-passkey-not-created = 未创建通行密钥，您可以随时重试。
page-not-now = 暂不
page-factor-passkey = 请用通行密钥确认是您本人。
page-factor-use-passkey = 使用通行密钥
page-save = 保存
page-change = 更改
page-rename = 重命名
page-remove = 移除
page-account-profile = 个人资料
page-account-profile-what = 您使用的应用可能会显示您的姓名和头像。
page-account-name-none = 尚未填写姓名
page-account-picture = 头像
page-account-picture-label = 头像链接
page-account-picture-hint = 以 https:// 开头的链接，应用会从该地址加载头像。
page-account-picture-wrong = 请输入以 https:// 开头、不超过 2048 个字符的链接。
page-account-email-change = 更换邮箱
page-account-email-new = 新邮箱
page-account-email-how = 我们会向新邮箱发送一个链接。打开后更换生效，并会在所有设备上退出登录。
page-account-email-asked = 请打开我们发送到 { $email } 的链接，完成更换。
page-account-email-same = 这已经是您的邮箱。
page-account-password-change = 更改密码
page-account-password-none = 您还没有密码。
page-account-password-how = 您的其他设备会退出登录。
page-account-password-changed = 密码已更改，您的其他设备已退出登录。
page-account-security = 登录与安全
page-account-passkeys = 通行密钥
page-account-passkeys-what = 使用指纹、面容或锁屏密码登录。通行密钥无法被猜到，也不会被假冒网站窃取。
page-account-passkeys-none = 您还没有通行密钥。
page-account-passkey-add = 添加通行密钥
page-account-passkey-added = 添加于 { $date }
page-account-passkey-synced = 已在您的设备间同步
page-account-passkey-device = 仅保存在一台设备上
page-account-passkey-unusable = 为 { $domain } 创建，无法在此使用。
page-account-passkey-name = 此通行密钥的名称
page-account-passkey-name-hint = 例如：我的手机
page-account-passkey-name-wrong = 请输入 1 至 64 个字符的名称，不能包含换行符或改变文字方向的符号。
page-account-passkey-remove-title = 移除此通行密钥？
page-account-passkey-remove = “{ $passkey }”将不能再用于登录，您的其他设备会退出登录。
page-account-passkey-removed = 通行密钥已移除。您也可以在设备上将其删除。
page-account-totp = 身份验证器应用
page-account-totp-what = 登录时还需输入手机应用中的验证码。
page-account-on = 已启用
page-account-off = 未启用
page-account-set-up = 设置
page-account-turn-on = 启用
page-account-turn-off = 停用
page-enrolment-client = 要继续前往 { $client }，请先设置两步验证。
page-totp-title = 设置身份验证器应用
page-totp-scan = 请用身份验证器应用扫描此二维码。
page-totp-key = 无法扫描？请在应用中输入此密钥：
page-totp-confirm = 然后输入应用显示的 6 位验证码。
page-totp-over = 此设置已过期或已被取代。请扫描新的二维码后重试。
page-totp-on = 今后登录时需要输入验证码。您的其他设备已退出登录。
page-totp-off-title = 停用身份验证器应用？
page-totp-off = 登录时将不再需要其验证码。您的其他设备会退出登录。
page-account-recovery = 恢复代码
page-account-recovery-what = 手机丢失？可以用恢复代码登录。每个代码只能使用一次。
page-account-recovery-left = 剩余代码：{ $count } 个
page-account-recovery-none = 您还没有恢复代码。请现在生成，以免无法登录。
page-account-recovery-new = 生成新代码
page-account-recovery-new-what = 已有的代码将失效。
page-recovery-title = 请保存恢复代码
page-recovery = 请将它们保存在安全的地方，例如密码管理器或纸上。我们不会再次显示。
page-recovery-saved = 我已保存这些代码
page-account-connected = 已关联的账号
page-account-connected-what = 使用您的其他账号登录 { $host }。
page-account-disconnect = 解除关联
page-account-disconnect-title = 解除与 { $provider } 的关联？
page-account-disconnect-what = { $provider } 将不能再用于登录，您的其他设备会退出登录。
page-account-last-way = 这是您唯一的登录方式，请先添加其他方式。
page-account-data = 您的数据
page-account-data-what = { $host } 保存的关于您的所有数据（JSON 文件，不含密码和密钥）。
page-account-data-do = 下载我的数据
page-account-delete = 删除账号
page-account-delete-title = 删除您的账号？
page-account-delete-what = 您在 { $host } 的账号及其全部数据将被删除，且无法恢复。各应用可能会保留自己的数据。
page-account-delete-confirm = 请输入您的邮箱以确认
page-account-delete-do = 永久删除
page-account-deleted-title = 您的账号已删除
page-account-deleted = 您已退出登录。各应用最多需要 { $time }才会生效。
page-passkey-created = 通行密钥已创建。

page-admin-users = 用户
page-admin-user = 用户信息
page-admin-keys = 密钥
page-admin-clients = 应用与登录服务
page-admin-events = 事件
page-admin-health = 运行状况
page-admin-search = 按姓名或邮箱搜索
page-admin-search-do = 搜索
page-admin-filter-all = 全部
page-admin-filter-admins = 管理员
page-admin-users-none = 还没有用户。
page-admin-users-no-match = 没有与“{ $search }”匹配的用户。
page-admin-first = 第一页
page-admin-next = 下一页
page-admin-id = 用户 ID
page-admin-role = 角色
page-admin-status = 状态
page-admin-active = 正常
page-admin-disabled = 已停用
page-admin-email-confirmed = 已验证
page-admin-email-unconfirmed = 未验证
page-admin-created = 创建时间
page-admin-changed = 最后更改
page-admin-ways = 登录方式
page-admin-factors-none = 未设置
page-admin-create = 创建用户
page-admin-create-vouch = 您确认此邮箱属于该用户本人。
page-admin-created-done = 用户已创建。
page-admin-taken = 已有使用此邮箱的用户。
page-admin-role-change = 更改角色
page-admin-role-what = 在用户登录下次刷新时生效，最长 { $time }。
page-admin-role-done = 角色已更改。在用户登录下次刷新时生效，最长 { $time }。
page-admin-role-wrong = 角色由 1 到 32 个字符组成：a 到 z、0 到 9、_ 和 -。
page-admin-disable = 停用用户
page-admin-disable-title = 停用 { $email }？
page-admin-disable-what = 该用户会在所有设备上退出登录，启用之前无法登录。
page-admin-disabled-done = 用户已停用，并已在所有设备上退出登录。
page-admin-enable = 启用用户
page-admin-enabled-done = 用户可以重新登录，之前的登录仍然失效。
page-admin-log-out-title = 让 { $email } 在所有设备上退出登录？
page-admin-log-out-what = 所有登录都会结束，用户可以立即重新登录。
page-admin-log-out-done = 用户已在所有设备上退出登录。
page-admin-reset-factors = 重置两步验证
page-admin-reset-factors-title = 重置 { $email } 的两步验证？
page-admin-reset-factors-what = 请先确认请求确实来自本人。该用户的通行密钥、身份验证器应用和恢复代码会被移除，所有登录会结束，并会收到邮件通知。
page-admin-reset-factors-done = 两步验证已重置，用户会收到邮件。
page-admin-delete = 删除用户
page-admin-delete-title = 删除 { $email }？
page-admin-delete-what = 该用户及其全部数据会被删除，且无法恢复。
page-admin-deleted-done = 用户已删除。
page-admin-own = 您不能停用、降级或删除自己，请联系其他管理员。
page-admin-keys-what = 只读。服务本身不会写入密钥，请在命令行使用“signet keys”。
page-admin-key-id = 密钥 ID
page-admin-key-kind = 类型
page-admin-key-state = 阶段
page-admin-key-waiting = 已发布，尚未签名
page-admin-key-signing = 签名中
page-admin-key-retiring = 仅用于验证
page-admin-key-from = 签名开始
page-admin-key-until = 签名截止
page-admin-key-verifies = 验证截止
page-admin-events-what = 此服务器启动以来最近的 { $count } 条安全事件。完整记录请查看日志。
page-admin-events-none = 此服务器启动以来没有事件。
page-admin-event-time = 时间
page-admin-event-what = 事件类型
page-admin-event-app = 应用
page-admin-event-network = 网络
page-admin-event-by = 操作者
page-admin-event-done = 成功
page-admin-event-refused = 已拒绝
page-admin-event-reason = 原因
page-admin-act-sign-up = 注册账号
page-admin-act-link = 邮件链接
page-admin-act-login = 登录
page-admin-act-refresh = 刷新登录
page-admin-act-access = 访问账号
page-admin-act-limit = 达到限制
page-admin-act-logout = 退出登录
page-admin-act-logout-everywhere = 在所有设备上退出登录
page-admin-act-logout-everybody = 所有用户退出登录
page-admin-act-record-change = 更改资料
page-admin-act-password-change = 更改密码
page-admin-act-password-reset = 重设密码
page-admin-act-address-change = 更换邮箱
page-admin-act-account-link = 关联登录服务
page-admin-act-account-unlink = 解除关联
page-admin-act-user-create = 创建用户
page-admin-act-user-disable = 停用用户
page-admin-act-user-enable = 启用用户
page-admin-act-user-delete = 删除用户
page-admin-act-users-import = 已导入用户
page-admin-act-users-export = 已导出用户
page-admin-act-role-change = 更改角色
page-admin-act-rehash = 更新密码散列
page-admin-act-keys-generate = 生成密钥
page-admin-act-keys-rotate = 轮换密钥
page-admin-act-keys-prune = 移除旧密钥
page-admin-act-keys-change = 密钥文件夹变更
page-admin-act-client-authentication = 应用未通过验证
page-admin-act-client-credentials = 应用获取令牌
page-admin-act-token-exchange = 交换令牌
page-admin-act-proof = 密钥证明
page-admin-act-user-invite = 邀请用户
page-admin-act-password-link = 发送密码链接
page-admin-act-factor-add = 添加验证方式
page-admin-act-factor-remove = 移除验证方式
page-admin-act-recovery-codes-create = 生成恢复代码
page-admin-act-recovery-code-use = 使用恢复代码
page-admin-act-factors-reset = 重置两步验证
page-admin-act-keys-reseal = 重新加密已存密钥
page-admin-act-passkey-cloned = 通行密钥可能被复制
page-admin-log-out = 在所有设备上退出登录
page-admin-nav = 管理
page-admin-factors = 两步验证
page-admin-factor-passkey = 通行密钥
page-admin-factor-totp = 身份验证器应用
page-admin-factor-recovery = 恢复代码
page-admin-key-retired = 已停用
page-admin-providers = 登录服务
page-admin-apps = 应用
page-admin-none = 无
page-admin-request = 请求 ID
page-admin-session = 登录 ID
page-account-connect = 关联 { $provider }
page-account-connected-done = { $provider } 已关联，现在可以用它登录。
page-account-connected-taken = 此账号已关联到 { $host } 的另一个账号。
page-account-other-user = 该操作是为另一个账号发起的，因此没有任何更改。请确认账号后重试。
