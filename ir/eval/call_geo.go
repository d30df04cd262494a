package eval

import (
	"fmt"
	"math"
	"strings"

	"github.com/huntc/huntc/ir"
)

// geoFunctions are the functions on points of the Earth that hunts use, given as longitude and latitude in degrees. A point that does
// not exist gives null. Distances are those on a sphere of 6,371,010 m, which reproduces the recorded result to its last digit.
func geoFunctions() map[string]function {
	return map[string]function{
		"geo_distance_2points":         {4, 5, false, plainly(geoDistance)},
		"geo_point_in_circle":          {5, 5, false, plainly(inCircle)},
		"geo_azimuth":                  {4, 4, false, plainly(azimuth)},
		"geo_point_to_geohash":         {2, 3, true, plainly(geohash)},
		"geo_geohash_to_central_point": {1, 1, true, total(geohashCenter)},
	}
}

const earthRadius = 6_371_010 // metres

// points reads pairs of longitude and latitude, in radians; ok is false when one of them does not exist.
func points(a []ir.Value) (rad []float64, ok bool, err error) {
	for i, v := range a {
		n, err := numeric(v)
		if err != nil {
			return nil, false, err
		}
		most := 180.0
		if i%2 == 1 {
			most = 90
		}
		f := float(n)
		if !(f >= -most && f <= most) {
			return nil, false, nil
		}
		rad = append(rad, f*(math.Pi/180))
	}
	return rad, true, nil
}

// arc is the angle between two points, by the haversine formula.
func arc(p []float64) float64 {
	north, east := math.Sin((p[3]-p[1])/2), math.Sin((p[2]-p[0])/2)
	h := north*north + math.Cos(p[1])*math.Cos(p[3])*east*east
	return 2 * math.Asin(math.Min(1, math.Sqrt(h)))
}

// geoDistance: learn.microsoft.com/kusto/query/geo-distance-2points-function
func geoDistance(a []ir.Value) (ir.Value, error) {
	if flag(a, 4, false) || number(a, 4, 0) != 0 {
		return none(ir.Real), fmt.Errorf("the distance on a spheroid is not evaluated")
	}
	p, ok, err := points(a[:4])
	if err != nil || !ok {
		return none(ir.Real), err
	}
	return real64(earthRadius * arc(p)), nil
}

// inCircle: learn.microsoft.com/kusto/query/geo-point-in-circle-function
func inCircle(a []ir.Value) (ir.Value, error) {
	radius, err := numeric(a[4])
	if err != nil {
		return none(ir.Bool), err
	}
	p, ok, err := points(a[:4])
	if err != nil || !ok || !(float(radius) > 0) {
		return none(ir.Bool), err
	}
	return boolean(earthRadius*arc(p) <= float(radius)), nil
}

// azimuth is the direction from the first point to the second, clockwise from north; between equal points there is none.
// learn.microsoft.com/kusto/query/geo-azimuth-function
func azimuth(a []ir.Value) (ir.Value, error) {
	p, ok, err := points(a)
	if err != nil || !ok || arc(p) == 0 {
		return none(ir.Real), err
	}
	east := math.Sin(p[2]-p[0]) * math.Cos(p[3])
	north := math.Cos(p[1])*math.Sin(p[3]) - math.Sin(p[1])*math.Cos(p[3])*math.Cos(p[2]-p[0])
	angle := math.Atan2(east, north)
	if angle < 0 {
		angle += 2 * math.Pi
	}
	return real64(angle), nil
}

const geohashDigits = "0123456789bcdefghjkmnpqrstuvwxyz"

// geohash halves longitude and latitude in turn, five bits a character, 5 characters unless told. What does not exist is "".
// learn.microsoft.com/kusto/query/geo-point-to-geohash-function
func geohash(a []ir.Value) (ir.Value, error) {
	length := number(a, 2, -1)
	if len(a) == 2 {
		length = 5
	}
	if length < 1 || length > 18 || a[0].IsNull() || a[1].IsNull() {
		return text(""), nil
	}
	if _, ok, err := points(a[:2]); err != nil || !ok {
		return text(""), err
	}
	at := [2]float64{float(scalar(a[0])), float(scalar(a[1]))}
	low, high := [2]float64{-180, -90}, [2]float64{180, 90}
	var b strings.Builder
	axis := 0
	for range length {
		digit := 0
		for range 5 {
			digit <<= 1
			if middle := (low[axis] + high[axis]) / 2; at[axis] >= middle {
				digit |= 1
				low[axis] = middle
			} else {
				high[axis] = middle
			}
			axis = 1 - axis
		}
		b.WriteByte(geohashDigits[digit])
	}
	return text(b.String()), nil
}

// geohashCenter is the GeoJSON point in the middle of a geohash. learn.microsoft.com/kusto/query/geo-geohash-to-central-point-function
func geohashCenter(a []ir.Value) ir.Value {
	s := asText(a[0])
	if s == "" || len(s) > 18 {
		return none(ir.Dynamic)
	}
	low, high := [2]float64{-180, -90}, [2]float64{180, 90}
	axis := 0
	for i := range len(s) {
		digit := strings.IndexByte(geohashDigits, s[i])
		if digit < 0 {
			return none(ir.Dynamic)
		}
		for bit := 4; bit >= 0; bit-- {
			middle := (low[axis] + high[axis]) / 2
			if digit>>bit&1 == 1 {
				low[axis] = middle
			} else {
				high[axis] = middle
			}
			axis = 1 - axis
		}
	}
	return dynamic(ir.Bag{{Key: "type", Value: "Point"},
		{Key: "coordinates", Value: []any{(low[0] + high[0]) / 2, (low[1] + high[1]) / 2}}})
}
