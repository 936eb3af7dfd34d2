import { graphql } from '@/graphql/tada';

export const LocationsQuery = graphql(`
  query Locations {
    locations {
      name
      claims
      names {
        alias
        means
      }
    }
    locationSuggestions {
      location {
        name
        claims
      }
      other {
        name
        claims
      }
    }
  }
`);

export const MergeLocations = graphql(`
  mutation MergeLocations($name: String!, $into: String!) {
    change: mergeLocations(name: $name, into: $into) {
      name
      errors {
        code
        field
        message
      }
    }
  }
`);

export const PartLocation = graphql(`
  mutation PartLocation($alias: String!) {
    change: partLocation(alias: $alias) {
      name
      errors {
        code
        field
        message
      }
    }
  }
`);

export const KeepLocationsApart = graphql(`
  mutation KeepLocationsApart($name: String!, $other: String!) {
    change: keepLocationsApart(name: $name, other: $other) {
      name
      errors {
        code
        field
        message
      }
    }
  }
`);
