/** Hands a text to the browser as a file to download. */
export function saveFile(name: string, text: string, type: string) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold on the data; ours would keep the secret in memory.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
