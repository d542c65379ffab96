import { Flex, Text } from '@backstage/ui';
import type { ReactNode } from 'react';

/** What a page is called and for, with what can be begun there beside it. */
export const PageHeading = (props: {
  title: string;
  text: string;
  /** Buttons. */
  children?: ReactNode;
}) => (
  <Flex align="end" justify="between" gap="3">
    <Flex direction="column" gap="1">
      <Text as="h2" variant="title-small">
        {props.title}
      </Text>
      <Text color="secondary">{props.text}</Text>
    </Flex>
    {props.children}
  </Flex>
);
