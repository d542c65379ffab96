import type { Setting } from './Setting.ts';

export function browserTests(_setting: Setting): void {}
