import { diskGiB } from './adopt';

describe('diskGiB', () => {
  it.each([
    ['shared-ssd:base-9000-disk-0/vm-20000-disk-0,aio=io_uring,size=10G', 10],
    ['local-lvm:vm-20000-disk-0,size=2T,ssd=0', 2048],
    ['local-lvm:vm-20000-disk-0,size=5120M', 5],
    ['local-lvm:vm-20000-disk-0', undefined],
    [undefined, undefined],
  ])('should read %p', (option, size) => {
    expect(diskGiB(option)).toBe(size);
  });
});
