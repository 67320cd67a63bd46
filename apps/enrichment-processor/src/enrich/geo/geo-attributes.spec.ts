import { geoAttributes } from './geo-attributes';
import { continentOf } from './continents';

describe('geoAttributes', () => {
  it('reads a country record as MaxMind nests it', () => {
    const record = {
      continent: { code: 'EU' },
      country: { iso_code: 'GB', names: { en: 'United Kingdom' } },
    };
    expect(geoAttributes(record)).toEqual({ 'geo.continent.code': 'EU', 'geo.country.iso_code': 'GB' });
  });

  it('reads a city record', () => {
    const record = {
      city: { names: { de: 'Kalifornien', en: 'Milton' } },
      continent: { code: 'NA' },
      country: { iso_code: 'US' },
      location: { latitude: 47.2, longitude: -122.3 },
      subdivisions: [{ iso_code: 'WA' }, { iso_code: 'X' }],
    };
    expect(geoAttributes(record)).toEqual({
      'geo.continent.code': 'NA',
      'geo.country.iso_code': 'US',
      'geo.region.iso_code': 'US-WA',
      'geo.locality.name': 'Milton',
      'geo.location.lat': { double: 47.2 },
      'geo.location.lon': { double: -122.3 },
    });
  });

  it('reads the flat records of ip-location-db', () => {
    const record = {
      country_code: 'BR',
      state1: 'São Paulo',
      city: 'Campinas',
      latitude: -22,
      longitude: -47.06,
    };
    expect(geoAttributes(record)).toEqual({
      'geo.continent.code': 'SA',
      'geo.country.iso_code': 'BR',
      'geo.locality.name': 'Campinas',
      'geo.location.lat': { double: -22 },
      'geo.location.lon': { double: -47.06 },
    });
  });

  it.each([
    [{}],
    [{ country_code: '' }],
    [{ country_code: 'ZZZ' }],
    [{ country: null }],
    [{ country: { iso_code: 7 } }],
    [{ city: '' }],
    [{ subdivisions: [{ iso_code: 'WA' }] }],
    [{ location: { latitude: 52 } }], // half a place is none
    [{ location: { latitude: 90.1, longitude: 0 } }],
    [{ location: { latitude: 0, longitude: -180.5 } }],
    [{ location: { latitude: NaN, longitude: 0 } }],
    [{ latitude: '52', longitude: '13' }],
  ])('adds nothing for %j', (record) => {
    expect(geoAttributes(record)).toEqual({});
  });

  it('takes the poles, the date line and 0° for places', () => {
    expect(geoAttributes({ location: { latitude: 0, longitude: 0 } })).toEqual({
      'geo.location.lat': { double: 0 },
      'geo.location.lon': { double: 0 },
    });
    expect(geoAttributes({ location: { latitude: -90, longitude: 180 } })).toEqual({
      'geo.location.lat': { double: -90 },
      'geo.location.lon': { double: 180 },
    });
  });

  it('leaves the continent out for a code that is no country', () => {
    expect(geoAttributes({ country_code: 'ZZ' })).toEqual({ 'geo.country.iso_code': 'ZZ' });
    expect(continentOf('__')).toBeUndefined();
  });
});
