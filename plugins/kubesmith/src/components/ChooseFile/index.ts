export { ChooseFile } from './ChooseFile';
