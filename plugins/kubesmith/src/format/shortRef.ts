/** `group:default/students` is `students`. */
export function shortRef(ref: string): string {
  return ref.replace(/^(user|group):(default\/)?/, '');
}
