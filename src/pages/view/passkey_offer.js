if (place && window.PublicKeyCredential) {
  onPress(async () => {
    const publicKey = decoded(JSON.parse(texts.options));
    submit(texts.challenge, await navigator.credentials.create({ publicKey }));
  });
} else if (place) {
  document.getElementById("unsupported").hidden = false;
}
