# 邮件的文字。$host 是链接或页面所属的网站，$time 是链接的有效时间，
# $address 是收件地址以外的另一个地址。
# $removed 是被移除账号的提供商的名称。

mail-page-button = 前往 { $host }
mail-copy = 按钮没有反应？请将此链接复制到浏览器中打开：
mail-footer = 此邮件由 { $host } 发送至 { $to }。
mail-list-separator = 、

confirm-sign-up-subject = 请确认您的邮箱地址
confirm-sign-up-text = 欢迎！请打开此链接，确认您的邮箱地址并设置密码。
confirm-sign-up-button = 设置密码
confirm-sign-up-note = 链接在 { $time }内有效。如果您没有申请注册，请忽略此邮件：我们没有保存任何信息。

already-signed-up-subject = 您已有账户
already-signed-up-text = 有人（可能是您本人）想用此邮箱地址在 { $host } 注册。该地址已有账户，无需再确认：请照常登录。
already-signed-up-note = 如果不是您本人，请忽略此邮件：一切都没有改变。

no-account-subject = 此邮箱地址没有账户
no-account-text = 有人（可能是您本人）向 { $host } 申请了登录链接或重设密码的链接。没有可以用此邮箱地址登录的账户。
no-account-note = 如果是您本人，请试试您的其他邮箱地址或其他登录方式。如果不是，请忽略此邮件：一切都没有改变。

confirm-account-subject = 请确认您的邮箱地址
confirm-account-text = 欢迎！请在您使用 { $provider } 登录时所用的浏览器中打开此链接，确认您的邮箱地址。
confirm-account-button = 确认邮箱地址
confirm-account-note = 链接在 { $time }内有效。如果您没有使用 { $provider } 登录，请忽略此邮件：我们没有保存任何信息。

account-joined-subject = 新的登录方式
account-joined-text = 从现在起，您可以在 { $host } 使用 { $provider } 登录：刚才有人用在那里登记了此邮箱地址的账户登录了。
account-joined-note = 如果不是您本人，请照常登录，解除与 { $provider } 的关联，并检查您在那里的账户。

account-linked-subject = { $host } 新增了登录方式
account-linked-text = { $provider } 刚刚关联到您在 { $host } 的账号，现在可以用它登录。
account-linked-note = 不是您本人？请立即登录，解除与 { $provider } 的关联并更改密码。

account-unlinked-subject = { $host } 移除了一种登录方式
account-unlinked-text = { $provider } 刚刚与您在 { $host } 的账号解除了关联。您的其他设备已退出登录。
account-unlinked-note = 不是您本人？请立即更改密码，并检查您的登录方式。

log-in-and-link-subject = 您已有账户
log-in-and-link-text = 有人（可能是您本人）在 { $host } 使用 { $provider } 登录，并填写了此邮箱地址。该地址已有账户。
log-in-and-link-note = 如果是您本人，请照常登录，然后关联 { $provider }。如果不是，请忽略此邮件：一切都没有改变。

reset-password-subject = 请设置新密码
reset-password-text = 请打开此链接，设置您在 { $host } 的新密码。设置后，您在所有设备上的登录都会退出。
reset-password-button = 设置新密码
reset-password-note = 链接只能使用一次，在 { $time }内有效。如果您没有申请，请忽略此邮件：一切都没有改变。

password-set-subject = 您的密码已更新
password-set-text = 您在 { $host } 的账户刚刚设置了新密码。其他设备上的登录均已退出。
password-set-text-removed = { password-set-text }为安全起见，以下登录方式已被移除：{ $removed }。登录后可以重新关联。
password-set-note = 如果不是您本人，请立即重设密码：有人知道您的旧密码，或能看到您的邮件。

confirm-address-subject = 请确认您的新邮箱地址
confirm-address-text = 请打开此链接，今后在 { $host } 用此邮箱地址代替 { $address }。
confirm-address-button = 使用此地址
confirm-address-note = 链接只能使用一次，在 { $time }内有效。切勿替他人确认：如果 { $address } 不是您的地址，或不是您本人申请的，请忽略此邮件，一切都不会改变。

address-taken-subject = 您已有账户
address-taken-text = 有人（可能是您本人）想将此邮箱地址用于 { $host } 的另一个账户。该地址已有账户，因此没有作任何更改。
address-taken-note = 如果是您本人，请用此邮箱地址登录，或为那个账户另选一个地址。如果不是，请忽略此邮件。

address-change-asked-subject = 要更换您账户的邮箱地址吗？
address-change-asked-text = 有人（可能是您本人）申请将您在 { $host } 的账户的邮箱地址由此地址更换为 { $address }。在新地址确认后即会生效。
address-change-asked-note = 如果不是您本人，请立即更改密码或退出所有登录：两者都能阻止更换。

address-changed-subject = 您的邮箱地址已更换
address-changed-text = 您在 { $host } 的账户的邮箱地址已由此地址更换为 { $address }，所有登录均已退出。请用新地址登录。
address-changed-text-removed = { address-changed-text }为安全起见，以下登录方式已被移除：{ $removed }。登录后可以重新关联。
address-changed-note = 如果不是您本人，请立即告知 { $host } 的管理员。

log-in-subject = 您的登录链接
log-in-text = 请在您申请此链接的应用或浏览器中打开它，登录 { $host }。
log-in-button = 登录
log-in-note = 链接只能使用一次，在 { $time }内有效。如果您没有申请，请忽略此邮件：没有此链接，谁也无法登录。

test-subject = 这是一封测试邮件
test-text = 邮件工作正常：{ $host } 的管理员想确认这一点。
test-note = 您无需做任何事。
