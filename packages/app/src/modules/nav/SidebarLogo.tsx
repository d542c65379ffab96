import {
  Link,
  sidebarConfig,
  useSidebarOpenState,
} from '@backstage/core-components';
import { makeStyles } from '@material-ui/core/styles';
import { Logo } from './Logo';

const useStyles = makeStyles({
  root: {
    width: '100%',
    height: 3 * sidebarConfig.logoHeight,
    display: 'flex',
    alignItems: 'center',
    marginBottom: -14,
  },
  link: {
    display: 'flex',
    alignItems: 'center',
    gap: 12,
    marginLeft: 20,
    color: '#fff',
    fontSize: 20,
    fontWeight: 600,
    '&:hover': { color: '#fff' },
  },
});

/** The mark, with the name beside it while the menu is open; leads home. */
export const SidebarLogo = () => {
  const classes = useStyles();
  const { isOpen } = useSidebarOpenState();

  return (
    <div className={classes.root}>
      <Link
        to="/kubesmith"
        underline="none"
        className={classes.link}
        aria-label="Kubesmith, home"
      >
        <Logo />
        {isOpen && <span>Kubesmith</span>}
      </Link>
    </div>
  );
};
