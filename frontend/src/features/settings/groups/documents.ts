import { JobProgressFragment } from '@/app/uploads/documents';
import { graphql } from '@/graphql/tada';

export const ServiceGroupsQuery = graphql(`
  query ServiceGroups {
    serviceGroups {
      id
      name
      codes
    }
    serviceGroupEdits {
      id
      createdAt
      summary
      editedBy {
        id
        name
      }
    }
  }
`);

export const ServiceGroupPreviewQuery = graphql(`
  query ServiceGroupPreview($id: ID, $codes: String) {
    serviceGroupPreview(id: $id, codes: $codes) {
      moves {
        fromGroup
        toGroup
        claims
      }
      notes
      errors {
        code
        field
        message
      }
    }
  }
`);

export const SaveServiceGroup = graphql(`
  mutation SaveServiceGroup($id: ID, $name: String!, $codes: String!) {
    change: saveServiceGroup(id: $id, name: $name, codes: $codes) {
      edit {
        id
        summary
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

export const RemoveServiceGroup = graphql(`
  mutation RemoveServiceGroup($id: ID!) {
    change: removeServiceGroup(id: $id) {
      edit {
        id
        summary
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

export const RestoreServiceGroups = graphql(`
  mutation RestoreServiceGroups($editId: ID!) {
    change: restoreServiceGroups(editId: $editId) {
      edit {
        id
        summary
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

export const RegroupingsQuery = graphql(
  `
    query Regroupings {
      regroupings {
        id
        state
        ...JobProgress
      }
    }
  `,
  [JobProgressFragment],
);

export const RegroupClaims = graphql(`
  mutation RegroupClaims {
    regroupClaims {
      job {
        id
        state
      }
      errors {
        code
        field
        message
      }
    }
  }
`);
