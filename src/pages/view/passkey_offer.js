if (window.PublicKeyCredential) {
  onPress(async () => {
    const publicKey = decoded(JSON.parse(texts.options));
    submit(texts.challenge, await navigator.credentials.create({ publicKey }));
  });
} else {
  document.getElementById("unsupported").hidden = false;
}
