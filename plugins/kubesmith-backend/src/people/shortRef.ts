/** A person or group in short, for texts where the catalog is not asked: `group:default/students` is `students`. */
export function shortRef(entityRef: string): string {
  return entityRef.replace(/^(user|group):(default\/)?/, '');
}
