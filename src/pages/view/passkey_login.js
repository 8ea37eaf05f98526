if (place && window.PublicKeyCredential) {
  let [begun, due] = [undefined, 0];
  let [isStopped, controller] = [false, undefined];

  // The challenge of this browser. It is replaced when three quarters of its life are over.
  const begin = async () => {
    if (Date.now() >= due) {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(texts.challenge, { method: "POST", headers, body: texts.request });
      if (!answer.ok) throw new Error(`no challenge: ${answer.status}`);
      begun = await answer.json();
      due = Date.now() + begun.expires_in * 750;
    }
    return begun;
  };

  // Offers passkeys in the email field, until one is chosen or the button is pressed.
  const offer = async () => {
    const canOffer = await PublicKeyCredential.isConditionalMediationAvailable?.();
    while (canOffer && !isStopped) {
      const { challenge, options } = await begin();
      if (isStopped) return;
      controller = new AbortController();
      // A timer for the whole time would stand still while the device sleeps.
      const timer = setInterval(() => Date.now() >= due && controller.abort(), 1000);
      const request = { publicKey: decoded(options), mediation: "conditional", signal: controller.signal };
      try {
        return submit(challenge, await navigator.credentials.get(request));
      } catch (error) {
        if (error.name !== "AbortError") return;
      } finally {
        clearInterval(timer);
      }
    }
  };
  // A failed offer shows nothing: the button and the form are there.
  const start = () => texts.offers === undefined ? undefined : offer().catch(() => undefined);
  let offered = start();

  onPress(async () => {
    isStopped = true;
    controller?.abort();
    // A browser serves one request at a time.
    await offered;
    try {
      const { challenge, options } = await begin();
      submit(challenge, await navigator.credentials.get({ publicKey: decoded(options) }));
    } catch (error) {
      isStopped = false;
      offered = start();
      throw error;
    }
  });

  // The device may forget a passkey that the service does not know.
  if (texts.unknown) {
    PublicKeyCredential.signalUnknownCredential?.({ rpId: texts.rp, credentialId: texts.unknown }).catch(() => undefined);
  }
}
