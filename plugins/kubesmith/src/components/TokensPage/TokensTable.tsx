import { Cell, CellText, Table, type ColumnConfig } from '@backstage/ui';
import type { AccessToken } from '@kubesmith/plugin-kubesmith-common';
import { useMemo } from 'react';
import { EnvironmentName } from '../EntityName';
import { RelativeTime } from '../Time';
import { RevokeTokenButton } from './RevokeTokenButton';
import { scopeTexts } from './tokenTexts';

/** Until when a token works, or since when it does not. */
const Validity = ({ token }: { token: AccessToken }) => {
  if (token.revokedAt) {
    return (
      <span>
        revoked <RelativeTime at={token.revokedAt} />
      </span>
    );
  }
  return (
    <span>
      {token.active ? 'ends ' : 'ended '}
      <RelativeTime at={token.expiresAt} />
    </span>
  );
};

/** What a token is good for, in a few words. */
const Reach = ({ token }: { token: AccessToken }) => (
  <span>
    {scopeTexts[token.scope].label}
    {token.environment && (
      <>
        , only <EnvironmentName name={token.environment} />
      </>
    )}
  </span>
);

function tokenColumns(onRevoked: () => void): ColumnConfig<AccessToken>[] {
  return [
    {
      id: 'name',
      label: 'Name',
      isRowHeader: true,
      cell: token => <CellText title={token.name} />,
    },
    {
      id: 'reach',
      label: 'May',
      cell: token => (
        <Cell>
          <Reach token={token} />
        </Cell>
      ),
    },
    {
      id: 'made',
      label: 'Made',
      cell: token => (
        <Cell>
          <RelativeTime at={token.createdAt} />
        </Cell>
      ),
    },
    {
      id: 'used',
      label: 'Last used',
      cell: token => (
        <Cell>
          {token.lastUsedAt ? <RelativeTime at={token.lastUsedAt} /> : 'never'}
        </Cell>
      ),
    },
    {
      id: 'state',
      label: 'Validity',
      cell: token => (
        <Cell>
          <Validity token={token} />
        </Cell>
      ),
    },
    {
      id: 'action',
      label: 'Action',
      cell: token => (
        <Cell>
          {token.active ? (
            <RevokeTokenButton token={token} onRevoked={onRevoked} />
          ) : (
            '–'
          )}
        </Cell>
      ),
    },
  ];
}

/** Tokens, newest first. Their texts are nowhere. */
export const TokensTable = (props: {
  tokens: AccessToken[];
  onRevoked: () => void;
}) => {
  const { tokens, onRevoked } = props;
  const columns = useMemo(() => tokenColumns(onRevoked), [onRevoked]);
  return (
    <Table columnConfig={columns} data={tokens} pagination={{ type: 'none' }} />
  );
};
